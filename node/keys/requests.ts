/** Shapes of the requests to the `keys` process: everything that comes over the socket is checked against them first. */
import { z } from 'zod';
import type { PdfKeysPort } from './pdf-port.ts';
import type { KeysPort } from './port.ts';

const octets = z.instanceof(Uint8Array);
const keyId = z.string().regex(/^[0-9A-Za-z._-]{1,128}$/);
/** No `|`: it separates the parts of the additional data. */
const subject = z.string().regex(/^(person|authority|partner|connection|import)\/[^|\p{Cc}]{1,400}$/u);
const place = z.strictObject({
  stream: z.string().regex(/^key\/[0-9A-Za-z._-]{1,128}$/),
  version: z.number().int().positive(),
  kind: z.string().regex(/^[A-Za-z]{1,64}$/),
});
const pdfStream = z.string().regex(/^pdf-pair\/[^\p{Cc}]{1,600}$/u);
const pdfSubject = z.string().regex(/^partner\/[^\p{Cc}]{1,400}$/u);
const version = z.number().int().positive();
const pdfPlace = z.strictObject({ stream: pdfStream, version, kind: z.literal('PdfPasswordSet') });
const PASSWORD_CHARS_MAX = 1000; // A guess from outside; what is kept is shorter.
const pdfPassword = z.string().min(1).max(PASSWORD_CHARS_MAX);
const tokenPurpose = z.enum(['pdf-reply', 'pdf-invitation', 'pdf-session']);
const TOKEN_BYTES_MAX = 4096; // It stands in a link.
const ORDER_BYTES_MAX = 65_536;

const hash = z.enum(['sha1', 'sha224', 'sha256', 'sha384', 'sha512']);
const SALT_BYTES_MAX = 64; // RFC 8017 §9.1: as long as the digest; SHA-512 has the longest.
const SESSION_KEY_BYTES_MAX = 64;
const LIFETIME_SECONDS_MAX = 100 * 366 * 86_400;

const nodeId = z.string().regex(/^[a-z0-9-]{3,80}$/);
const nodeKey = octets.refine((key) => key.length === 32);
const authority = z.enum(['gateway', 'peer', 'client']);
const series = z.number().int().positive();

const algorithm = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('rsa'),
    bits: z.union([z.literal(2048), z.literal(3072), z.literal(4096)]),
  }),
  z.strictObject({ type: z.literal('ec'), curve: z.enum(['P-256', 'P-384', 'P-521']) }),
  z.strictObject({ type: z.literal('ed25519') }),
  z.strictObject({ type: z.literal('x25519') }),
]);

const scheme = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.literal('rsa-pkcs1'), hash }),
  z.strictObject({
    scheme: z.literal('rsa-pss'),
    hash,
    saltBytes: z.number().int().min(0).max(SALT_BYTES_MAX),
  }),
  z.strictObject({ scheme: z.literal('ecdsa'), hash }),
  z.strictObject({ scheme: z.literal('ed25519') }),
]);

const transport = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.literal('rsa-pkcs1') }),
  z.strictObject({ scheme: z.literal('rsa-oaep'), hash, mgfHash: hash, label: octets.optional() }),
]);

export const REQUESTS = {
  generate: z.strictObject({ algorithm, subject, place }),
  generateOpenPgp: z.strictObject({
    userId: z.strictObject({ name: z.string().max(200), address: z.string().min(3).max(320) }),
    algorithm: z.enum(['curve25519', 'rsa3072', 'rsa4096']),
    subject,
    place,
    expiresInSeconds: z.number().int().min(0).max(LIFETIME_SECONDS_MAX),
  }),
  importPrivateKey: z.strictObject({ pkcs8: octets, subject, place }),
  importOpenPgp: z.strictObject({ secretKey: octets, passphrase: z.string(), subject, place }),
  importPkcs12: z.strictObject({
    p12: octets,
    password: z.string(),
    keyIndex: z.number().int().min(0).max(1000).optional(),
    subject,
    place,
  }),
  exportPkcs12: z.strictObject({ keyId, certificates: z.array(octets).max(20), password: z.string().min(1) }),
  sign: z.strictObject({ keyId, scheme, tbs: octets }),
  unwrapRsa: z.strictObject({
    keyId,
    transport,
    ciphertext: octets,
    lengthBytes: z.number().int().min(1).max(SESSION_KEY_BYTES_MAX),
  }),
  deriveSharedSecret: z.strictObject({ keyId, peerPublicKey: octets }),
  openPgpSessionKey: z.strictObject({ keyId, pkesk: octets }),
  openPgpSign: z.strictObject({
    keyId,
    fingerprint: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
    hash,
    input: octets,
    prehashed: z.boolean(),
  }),
  openSealedKey: z.strictObject({ box: octets }),
  mac: z.strictObject({ purpose: z.literal('status-header'), data: octets }),
  nodeKey: z.strictObject({}),
  giveClusterKey: z.strictObject({ node: nodeId, nodeKey }),
  nodeAuthorityKey: z.strictObject({ authority, series }),
  signAsNodeAuthority: z.strictObject({ authority, series, scheme, tbs: octets }),
  replaceClusterKey: z.strictObject({
    replacement: z.string().regex(/^[0-9a-z-]{1,80}$/),
    series,
    holders: z
      .array(z.strictObject({ node: nodeId, nodeKey }))
      .min(1)
      .max(1000),
  }),
  refreshSecrets: z.strictObject({ series }),
  replacementProgress: z.strictObject({}),
  makePdfPassword: z.strictObject({
    form: z.enum(['groups', 'words']),
    bits: z.number().int().min(80).max(256),
    subject: pdfSubject,
    place: pdfPlace,
  }),
  sealPdfPassword: z.strictObject({ password: pdfPassword, subject: pdfSubject, place: pdfPlace }),
  checkPdfPassword: z.strictObject({ stream: pdfStream, version, password: pdfPassword }),
  showPdfPassword: z.strictObject({ stream: pdfStream, showing: version }),
  sealToken: z.strictObject({
    purpose: tokenPurpose,
    data: octets.refine((data) => data.length <= TOKEN_BYTES_MAX),
  }),
  openToken: z.strictObject({ purpose: tokenPurpose, token: z.string().max(TOKEN_BYTES_MAX * 2) }),
  signOrder: z.strictObject({ data: octets.refine((data) => data.length <= ORDER_BYTES_MAX) }),
} satisfies Record<keyof KeysPort, z.ZodType>;

/** Those of the socket that only `protect` may use. */
export const PDF_REQUESTS = {
  pdfPassword: z.strictObject({ stream: pdfStream, version }),
} satisfies Record<keyof PdfKeysPort, z.ZodType>;
