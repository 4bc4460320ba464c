/**
 * P11 and P12: time from the first command of a mail to its 250 (ack) and to its arrival at the next hop (delivery), at
 * fixed rates. The clock is this process's: it is the client and the next hop.
 */
import SMTPConnection from 'nodemailer/lib/smtp-connection/index.js';
import { mailCatcher } from '../gateway/mail-catcher.ts';
import { until } from '../gateway/until.ts';
import { benchGateway, importFile, PARTNER, PASS_THROUGH, protectedBy, SENDER } from './bench-gateway.ts';
import { type BenchRow, figureOf } from './bench-row.ts';
import { mailAuthority } from './mail-authority.ts';

const CONNECTIONS = 20;
const ROUNDS = 3;
const ROUND_MS = 4000;
const WARM_UP_MS = 6000;
const ARRIVAL_MS = 60_000;
const LINE = 'A line of an ordinary mail, with CRLF at its end and some text.\r\n';

interface Times {
  readonly ack: number[];
  readonly delivery: number[];
}

interface Stage {
  readonly port: number;
  readonly catcher: Awaited<ReturnType<typeof mailCatcher>>;
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] as number;

async function connected(port: number): Promise<SMTPConnection> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true, name: 'client.example' });
  await new Promise<void>((resolve, reject) => {
    connection.once('error', reject);
    connection.connect(() => resolve());
  });
  return connection;
}

function mailOf(id: string): string {
  return `From: ${SENDER}\r\nTo: ${PARTNER}\r\nSubject: bench\r\nMessage-ID: <${id}@bench.example>\r\n\r\n${LINE.repeat(156)}`;
}

let run = 0;

/** So many mails per second at even distances, over kept connections. */
async function paced({ port, catcher }: Stage, perSecond: number, forMs: number): Promise<Times> {
  const free = await Promise.all(Array.from({ length: CONNECTIONS }, () => connected(port)));
  const all = [...free];
  const sentMs = new Map<string, number>();
  const ack: number[] = [];
  const running: Promise<void>[] = [];
  run += 1;
  const first = catcher.mails.length;

  async function send(id: string): Promise<void> {
    sentMs.set(id, performance.now());
    while (free.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const connection = free.pop() as SMTPConnection;
    await new Promise<void>((resolve, reject) => {
      connection.send({ from: SENDER, to: [PARTNER] }, mailOf(id), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    ack.push(performance.now() - (sentMs.get(id) as number));
    free.push(connection);
  }

  const count = Math.floor((perSecond * forMs) / 1000);
  const started = performance.now();
  for (let i = 0; i < count; i++) {
    const waitMs = started + (i * 1000) / perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    running.push(send(`${run}.${i}`));
  }
  await Promise.all(running);
  await until(
    () => catcher.mails.length - first >= count,
    ARRIVAL_MS,
    () => `${catcher.mails.length - first} of ${count} arrived`,
  );
  for (const connection of all) connection.quit();
  const delivery = catcher.mails.slice(first).flatMap((mail) => {
    const id = /^Message-ID: <([\d.]+)@/im.exec(mail.text)?.[1];
    const at = id === undefined ? undefined : sentMs.get(id);
    return at === undefined ? [] : [mail.atMs - at];
  });
  if (delivery.length < count) throw new Error(`${count - delivery.length} mails cannot be told apart`);
  return { ack, delivery };
}

async function rounds(stage: Stage, perSecond: number): Promise<Times[]> {
  const times: Times[] = [];
  for (let i = 0; i < ROUNDS; i++) times.push(await paced(stage, perSecond, ROUND_MS));
  return times;
}

async function passThrough(): Promise<BenchRow[]> {
  const catcher = await mailCatcher();
  const gateway = await benchGateway(catcher.port, PASS_THROUGH);
  try {
    const stage = { port: gateway.insidePort, catcher };
    await paced(stage, 150, WARM_UP_MS);
    const fast = await rounds(stage, 150);
    const slow = await rounds(stage, 50);
    const p99 = (key: keyof Times) => fast.map((times) => quantile(times[key], 0.99));
    return [
      figureOf('P11', 'p99 of ack, pass-through at 150 mails/s', 'ms', p99('ack')),
      figureOf('P11', 'p99 of delivery, pass-through at 150 mails/s', 'ms', p99('delivery')),
      figureOf(
        'P12',
        'p50 of ack at 50 mails/s',
        'ms',
        slow.map((times) => quantile(times.ack, 0.5)),
      ),
    ];
  } finally {
    await gateway.remove();
    await catcher.close();
  }
}

async function protectedMail(): Promise<BenchRow[]> {
  const catcher = await mailCatcher();
  const ca = mailAuthority();
  const gateway = await benchGateway(catcher.port, protectedBy('smime'));
  try {
    ca.person('bob', PARTNER, 2048);
    await importFile(gateway, ca.at('ca.pem'));
    await importFile(gateway, ca.at('bob.pem'));
    const stage = { port: gateway.insidePort, catcher };
    await paced(stage, 100, WARM_UP_MS);
    const times = await rounds(stage, 100);
    const p99 = times.map((t) => quantile(t.delivery, 0.99));
    return [figureOf('P11', 'p99 of delivery, S/MIME at 100 mails/s (RSA-3072)', 'ms', p99)];
  } finally {
    await gateway.remove();
    await catcher.close();
    ca.remove();
  }
}

export async function bench(): Promise<BenchRow[]> {
  return [...(await passThrough()), ...(await protectedMail())];
}
