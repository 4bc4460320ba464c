/**
 * Makes certificates and CRLs of any shape, right or wrong, for tests; and asks OpenSSL what it thinks of them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bitString,
  boolean,
  type DerNode,
  encodeDer,
  explicit,
  ia5String,
  implicit,
  integer,
  namedBits,
  octetString,
  oid,
  sequence,
  time,
  utf8String,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import { writeName } from '#node/crypto/x509/distinguished-name.ts';
import { KEY_USAGE, type KeyUsageBit } from '#node/crypto/x509/extensions.ts';
import { writeSignatureAlgorithm } from '#node/crypto/x509/signature-algorithm.ts';
import type { SignatureScheme, Signer } from '#node/keys/port.ts';

export const NOW = Date.UTC(2030, 0, 15);
export const DAY = 86_400_000;

export interface Made {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

export interface Shape {
  readonly name?: string;
  readonly email?: string;
  readonly issuer?: Made;
  readonly key?: KeyObject;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly ca?: boolean | 'absent';
  readonly pathLength?: number;
  readonly usage?: readonly KeyUsageBit[];
  readonly extendedUsage?: readonly string[];
  readonly mail?: readonly string[];
  readonly more?: readonly DerNode[];
  readonly keyIds?: boolean;
  readonly scheme?: SignatureScheme;
  /** Octets that replace the signature. */
  readonly signature?: Uint8Array;
}

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** SubjectPublicKeyInfo, DER. */
export const publicDer = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' });

export const extension = (type: string, value: DerNode, critical = false): DerNode =>
  critical
    ? sequence(oid(type), boolean(true), octetString(encodeDer(value)))
    : sequence(oid(type), octetString(encodeDer(value)));

export const rfc822 = (text: string): DerNode => implicit(1, ia5String(text));
export const smtpUtf8 = (text: string): DerNode =>
  implicit(0, sequence(oid(OID.smtpUtf8Mailbox), explicit(0, utf8String(text))));

export const constraints = (permitted: readonly DerNode[], excluded: readonly DerNode[] = []): DerNode => {
  const trees = (names: readonly DerNode[]): DerNode => sequence(...names.map((name) => sequence(name)));
  const fields = [
    ...(permitted.length ? [implicit(0, trees(permitted))] : []),
    ...(excluded.length ? [implicit(1, trees(excluded))] : []),
  ];
  return extension(OID.nameConstraints, sequence(...fields), true);
};

export function make(shape: Shape): Made {
  const key = shape.key ?? newKey();
  const signer = shape.issuer?.key ?? key;
  const name = writeName([
    { oid: OID.commonName, value: shape.name ?? 'Someone' },
    ...(shape.email ? [{ oid: OID.emailAddress, value: shape.email }] : []),
  ]);
  const scheme = shape.scheme ?? { scheme: 'ecdsa', hash: 'sha256' };
  const tbs = encodeDer(
    sequence(
      explicit(0, integer(2)),
      integer(Buffer.concat([Buffer.from([0x41]), randomBytes(9)])),
      writeSignatureAlgorithm(scheme),
      shape.issuer ? shape.issuer.certificate.subject.der : name,
      sequence(time(shape.notBefore ?? NOW - 10 * DAY), time(shape.notAfter ?? NOW + 10 * DAY)),
      name,
      publicDer(key),
      explicit(3, sequence(...extensionsOf(shape, key, signer))),
    ),
  );
  const hash = 'hash' in scheme ? scheme.hash : 'sha256';
  const signature = shape.signature ?? sign(hash, tbs, signer);
  const der = encodeDer(sequence(tbs, writeSignatureAlgorithm(scheme), bitString(signature)));
  return { certificate: readCertificate(der), key };
}

function extensionsOf(shape: Shape, key: KeyObject, signer: KeyObject): DerNode[] {
  const keyId = (of: KeyObject): Buffer => publicDer(of).subarray(-20);
  const { ca = false, pathLength, usage, extendedUsage, mail, more = [], keyIds = true } = shape;
  const basic = [...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])];
  const bits = usage?.map((bit) => KEY_USAGE.indexOf(bit)) ?? [];
  return [
    ...(ca === 'absent' ? [] : [extension(OID.basicConstraints, sequence(...basic), true)]),
    ...(usage ? [extension(OID.keyUsage, namedBits(...bits), true)] : []),
    ...(extendedUsage ? [extension(OID.extendedKeyUsage, sequence(...extendedUsage.map(oid)))] : []),
    ...(mail ? [extension(OID.subjectAltName, sequence(...mail.map(rfc822)))] : []),
    ...(keyIds
      ? [
          extension(OID.subjectKeyIdentifier, octetString(keyId(key))),
          extension(OID.authorityKeyIdentifier, sequence(implicit(0, octetString(keyId(signer))))),
        ]
      : []),
    ...more,
  ];
}

export const root = (shape: Shape = {}): Made =>
  make({ name: 'Test Root', ca: true, usage: ['keyCertSign', 'cRLSign'], ...shape });

export const authority = (issuer: Made, name: string, shape: Shape = {}): Made =>
  make({ name, issuer, ca: true, usage: ['keyCertSign', 'cRLSign'], ...shape });

export const person = (issuer: Made, shape: Shape = {}): Made =>
  make({
    name: 'Alice',
    issuer,
    usage: ['digitalSignature'],
    extendedUsage: [OID.emailProtection],
    mail: ['alice@example.org'],
    ...shape,
  });

/** Signs with a software key, as the `keys` process would. */
export function softwareSigner(key: KeyObject): Signer {
  return async (scheme, tbs) => sign('hash' in scheme ? scheme.hash : null, tbs, key);
}

export function pem(der: Uint8Array, label = 'CERTIFICATE'): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** A folder for the duration of `use`. */
export function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-x509-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

export interface OpensslQuestion {
  readonly leaf: X509Certificate;
  readonly roots: readonly X509Certificate[];
  readonly others?: readonly X509Certificate[];
  readonly crl?: Uint8Array;
  readonly purpose?: 'smimesign' | 'smimeencrypt';
  readonly atMs?: number;
  /** `-x509_strict`: RFC 5280 for those who issue. */
  readonly strict?: boolean;
}

/** What `openssl verify` says; `OK` or its error line. */
export function opensslVerdict(question: OpensslQuestion): string {
  return inFolder((folder) => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const pems = (certificates: readonly X509Certificate[]): string =>
      certificates.map(({ der }) => pem(der)).join('');
    const { leaf, roots, others = [], crl, purpose, atMs = NOW } = question;
    const args = [
      'verify',
      '-policy_check',
      '-policy',
      '2.5.29.32.0', // Any: OpenSSL takes an empty set at its word.
      '-no-CApath',
      '-CAfile',
      file('roots.pem', pems(roots)),
      '-attime',
      `${atMs / 1000}`,
    ];
    if (others.length > 0) args.push('-untrusted', file('others.pem', pems(others)));
    if (question.strict) args.push('-x509_strict');
    if (purpose) args.push('-purpose', purpose);
    if (crl) args.push('-crl_check', '-CRLfile', file('crl.pem', pem(crl, 'X509 CRL')));
    const { stdout, stderr } = spawnSync('openssl', [...args, file('leaf.pem', pem(leaf.der))], {
      encoding: 'utf8',
    });
    const fault = /error \d+ at.*/.exec(stderr)?.[0];
    if (!fault && !/: OK\s*$/.test(stdout)) throw new Error(`openssl verify: ${stderr}`);
    return fault ?? 'OK';
  });
}
