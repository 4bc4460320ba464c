/**
 * Child of large.test.ts: 50 MB signed, encrypted, decrypted and verified as streams; prints what memory grew by.
 */
import { createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Content } from '#node/crypto/cms/content.ts';
import { envelop } from '#node/crypto/cms/envelope.ts';
import { openEnvelope } from '#node/crypto/cms/open-envelope.ts';
import { readSigned } from '#node/crypto/cms/read-signed.ts';
import { signDetached, signOpaque } from '#node/crypto/cms/sign.ts';
import { unwrapRsa } from '#node/crypto/rsa-unwrap.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { leftBehind } from '#node/spool/young-garbage.ts';
import { signerOf } from './people.ts';

const [keyFile, certificateFile, sizeText, cipher] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const PIECE_BYTES = 64 * 1024;
const sizeBytes = Number(sizeText);
const key = createPrivateKey(readFileSync(keyFile));
const certificate = readCertificate(readFileSync(certificateFile));

/** Made while it is read: nothing of it stays. */
const content: Content = {
  sizeBytes,
  *chunks() {
    const piece = Buffer.alloc(PIECE_BYTES, 'a line of text\r\n');
    for (let left = sizeBytes; left > 0; left -= PIECE_BYTES)
      yield piece.subarray(0, Math.min(left, PIECE_BYTES));
  },
};

let peak = 0;
function watch(): void {
  peak = Math.max(peak, process.memoryUsage().rss);
}

function* watched(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let count = 0;
  for (const piece of pieces) {
    if (count++ % 16 === 0) watch();
    leftBehind(PIECE_BYTES); // As reading and writing the sealed files does in the gateway.
    yield piece;
  }
}

const request = {
  certificate,
  scheme: { scheme: 'rsa-pkcs1', hash: 'sha256' },
  sign: signerOf(key),
  signingTimeMs: Date.now(),
  otherCertificates: [],
  encryptionCertificate: null,
} as const;
const recipients = [{ certificate, transport: 'rsa-pkcs1', namedBy: 'issuer-and-serial' }] as const;

async function run(): Promise<void> {
  const detached = await signDetached(watched(content.chunks()), request);
  const verified = readSigned({ cms: [detached], detached: watched(content.chunks()) });
  const signed = await signOpaque(content, request);
  const enveloped = envelop(signed, { recipients, algorithm: cipher as 'aes-256-cbc' });
  const hash = createHash('sha256');
  let openedBytes = 0;
  const opened = await openEnvelope({
    cms: () => watched(enveloped.chunks()),
    keys: [{ keyId: 'key', certificate }],
    port: {
      unwrapRsa: async ({ transport, ciphertext, lengthBytes }) =>
        unwrapRsa(key, transport, ciphertext, lengthBytes),
      deriveSharedSecret: () => Promise.reject(new Error('not asked for')),
    },
    onContent: (piece) => {
      hash.update(piece);
      openedBytes += piece.length;
    },
    weakCiphers: [],
  });
  const expected = createHash('sha256');
  for (const piece of signed.chunks()) expected.update(piece);
  let contentBytes = 0;
  const inside = readSigned({
    cms: watched(signed.chunks()),
    onContent: (piece) => {
      contentBytes += piece.length;
    },
  });
  const same = hash.digest('hex') === expected.digest('hex');
  console.log(
    JSON.stringify({
      right: verified.problem === null && inside.problem === null && opened.outcome === 'opened' && same,
      openedBytes,
      contentBytes,
      grownBytes: peak - before,
    }),
  );
}

watch();
const before = peak;
await run();
