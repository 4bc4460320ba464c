/**
 * P7 and P8: the CMS kernel (10 KB, signed detached and encrypted for one recipient) against the core's own RSA limit,
 * and two threads against one.
 */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Content } from '#node/crypto/cms/content.ts';
import { envelop } from '#node/crypto/cms/envelope.ts';
import { type SignRequest, signDetached } from '#node/crypto/cms/sign.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { type BenchRow, median, rowOf } from './bench-row.ts';

const CONTENT = Buffer.from(
  'A line of an ordinary mail, with CRLF at its end and some text.\r\n'.repeat(156),
);
const ROUND_MS = 400;
/** Until the compiler has done its work: a gateway runs for months. */
const WARM_UP_MS = 1500;
const ROUNDS = 3;
const TURN = 5;

interface Identity {
  readonly keyPem: string;
  readonly certificate: Uint8Array;
}

function identity(folder: string, bits: number): Identity {
  const [key, certificate] = [join(folder, `${bits}.key`), join(folder, `${bits}.der`)];
  const args = `req -x509 -newkey rsa:${bits} -nodes -keyout ${key} -out ${certificate} -outform DER -days 3 -subj /CN=bench`;
  execFileSync('openssl', args.split(' '), { stdio: 'ignore' });
  return { keyPem: readFileSync(key, 'utf8'), certificate: readFileSync(certificate) };
}

function kernelOf({ keyPem, certificate }: Identity): () => Promise<number> {
  const key = createPrivateKey(keyPem);
  const x509 = readCertificate(certificate);
  const request: SignRequest = {
    certificate: x509,
    scheme: { scheme: 'rsa-pkcs1', hash: 'sha256' },
    sign: async (_, tbs) => sign('sha256', tbs, key), // In this thread: one core.
    signingTimeMs: Date.now(),
    otherCertificates: [],
    encryptionCertificate: null,
  };
  const recipients = [{ certificate: x509, transport: 'rsa-pkcs1', namedBy: 'issuer-and-serial' }] as const;
  return async () => {
    const signature = await signDetached([CONTENT], request);
    const content: Content = {
      sizeBytes: CONTENT.length + signature.length,
      chunks: () => [CONTENT, signature],
    };
    let size = 0;
    for (const piece of envelop(content, { recipients, algorithm: 'aes-256-cbc' }).chunks())
      size += piece.length;
    return size;
  };
}

/** Of all threads of this process, so that what the compiler and the collector do counts, and the neighbours do not. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function perSecond(action: () => unknown, forMs: number): Promise<number> {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < 10; i++) await action();
    count += 10;
    elapsed = performance.now() - start;
  } while (elapsed < forMs);
  return (count * 1000) / elapsed;
}

/** Rates of both, in turns of a few milliseconds; the median turn, since a neighbour's burst hits one side only. */
async function sideBySide(product: () => unknown, anchor: () => unknown): Promise<readonly [number, number]> {
  const turnMs = async (action: () => unknown): Promise<number> => {
    const start = cpuMs();
    for (let i = 0; i < TURN; i++) await action();
    return cpuMs() - start;
  };
  const [products, anchors]: [number[], number[]] = [[], []];
  const end = performance.now() + 2 * ROUND_MS;
  while (performance.now() < end) {
    products.push(await turnMs(product));
    anchors.push(await turnMs(anchor));
  }
  return [(TURN * 1000) / median(products), (TURN * 1000) / median(anchors)];
}

const roundsOf = (pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([product, anchor]) => ({ product, anchor }));

async function againstLimit(who: Identity, bits: number): Promise<BenchRow> {
  const kernel = kernelOf(who);
  const key: KeyObject = createPrivateKey(who.keyPem);
  const limit = () => sign('sha256', CONTENT.subarray(0, 300), key);
  await perSecond(kernel, WARM_UP_MS);
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0; i < ROUNDS; i++) pairs.push(await sideBySide(kernel, limit));
  const measure = `CMS sign + encrypt of 10 KB, RSA-${bits}, of the core's signing limit`;
  return rowOf('P7', measure, 'mails/s', roundsOf(pairs));
}

/** Mails per second of so many threads together. */
async function threads(who: Identity, count: number): Promise<number> {
  const workers = Array.from(
    { length: count },
    () => new Worker(new URL(import.meta.url), { workerData: who }),
  );
  const answers = (): Promise<number[]> =>
    Promise.all(workers.map((worker) => new Promise<number>((resolve) => worker.once('message', resolve))));
  try {
    await answers(); // All are warm.
    const measured = answers();
    for (const worker of workers) worker.postMessage('go');
    return (await measured).reduce((sum, rate) => sum + rate, 0);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-bench-'));
  try {
    const [rsa2048, rsa3072] = [identity(folder, 2048), identity(folder, 3072)];
    const rows = [await againstLimit(rsa2048, 2048), await againstLimit(rsa3072, 3072)];
    const pairs: [number, number][] = [];
    for (let i = 0; i < ROUNDS; i++) pairs.push([await threads(rsa2048, 2), await threads(rsa2048, 1)]);
    return [
      ...rows,
      rowOf('P8', 'CMS sign + encrypt of 10 KB, two threads against one', 'mails/s', roundsOf(pairs)),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const kernel = kernelOf(workerData as Identity);
  await perSecond(kernel, ROUND_MS);
  port.once('message', async () => {
    port.postMessage(await perSecond(kernel, ROUND_MS));
    port.close();
  });
  port.postMessage(0);
}
