/**
 * The demonstration partner of the try-out: a mail user elsewhere, with an S/MIME certificate of another organisation's
 * authority and with an OpenPGP key. These are not keys of the gateway, which never sees their private parts.
 *
 * Made at the first start of the mailbox, and again when the certificate comes to its end.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PrivateKey } from 'openpgp';
import type { Layout } from '#node/config/layout.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import { issueMailCertificate, issueRoot } from '#node/crypto/x509/issue-certificate.ts';
import { makeOpenPgpKey, readOpenPgpSecret } from '#node/keys/openpgp-make.ts';
import { signWith } from '#node/keys/private-operations.ts';
import { writeDurably } from '#node/queue/durable-file.ts';
import {
  DEMO_PARTNER,
  DEMO_PARTNER_NAME,
  DEMO_PARTNER_PGP,
  demoCertificateFile,
  demoOpenPgpFile,
} from './demo-material.ts';

const VALIDITY_DAYS = 730;
const AUTHORITY_DAYS = 3653; // The profile of authorities wants 8 to 25 years.
const DAY_MS = 86_400_000;
const RENEW_BEFORE_MS = 30 * DAY_MS;
const RSA_BITS = 2048; // What most partners have.

export interface DemoPartner {
  readonly smime: { readonly key: KeyObject; readonly certificate: X509Certificate };
  readonly openPgp: { readonly key: PrivateKey; readonly publicKey: Uint8Array };
}

export async function demoPartner(layout: Layout, atMs: number): Promise<DemoPartner> {
  mkdirSync(layout.mailbox, { recursive: true, mode: 0o700 });
  if (!isGood(demoCertificateFile(layout), atMs)) await makePartner(layout, atMs);
  const openPgp = await readOpenPgpSecret(readFileSync(openPgpSecretFile(layout)));
  return {
    smime: {
      key: createPrivateKey(readFileSync(smimeSecretFile(layout))),
      certificate: readCertificate(readFileSync(demoCertificateFile(layout))),
    },
    openPgp: { key: openPgp, publicKey: openPgp.toPublic().write() },
  };
}

const smimeSecretFile = (layout: Layout): string => join(layout.mailbox, 'smime-private.pem');
const openPgpSecretFile = (layout: Layout): string => join(layout.mailbox, 'openpgp-private.pgp');

function isGood(file: string, atMs: number): boolean {
  return existsSync(file) && readCertificate(readFileSync(file)).notAfterMs > atMs + RENEW_BEFORE_MS;
}

/** The certificate comes last: with it everything is there. */
async function makePartner(layout: Layout, atMs: number): Promise<void> {
  const openPgp = await makeOpenPgpKey({
    userId: { name: DEMO_PARTNER_NAME, address: DEMO_PARTNER_PGP },
    algorithm: 'curve25519',
    expiresInSeconds: VALIDITY_DAYS * 86_400,
  });
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  const certificate = await certify(publicKey, atMs);
  await put(openPgpSecretFile(layout), openPgp.secretKey);
  await put(demoOpenPgpFile(layout), openPgp.publicKey);
  await put(
    smimeSecretFile(layout),
    Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string),
  );
  await put(demoCertificateFile(layout), certificate.der);
}

/** By an authority that issues this one certificate; its key is forgotten. */
async function certify(publicKey: KeyObject, atMs: number): Promise<X509Certificate> {
  const { privateKey: authorityKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'prime256v1' });
  const sign = (...[scheme, tbs]: [Parameters<typeof signWith>[1], Uint8Array]): Promise<Uint8Array> =>
    signWith({ form: 'pkcs8', key: authorityKey }, scheme, tbs);
  const issuer = await issueRoot(
    {
      commonName: 'Partner Example Mail CA',
      organization: 'Partner Example',
      country: 'XX',
      publicKey: spkiOf(createPublicKey(authorityKey)),
      validityDays: AUTHORITY_DAYS,
      atMs,
    },
    sign,
  );
  return issueMailCertificate(
    {
      issuer,
      address: DEMO_PARTNER,
      publicKey: spkiOf(publicKey),
      usage: 'both',
      validityDays: VALIDITY_DAYS,
      atMs,
      crlUrl: 'http://ca.partner.example/mail.crl',
    },
    sign,
  );
}

const spkiOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });

/** Mode 0600. Whole or not at all: a name appears when its content is on stable storage. */
async function put(file: string, content: Uint8Array): Promise<void> {
  const draft = `${file}.draft`;
  rmSync(draft, { force: true });
  await writeDurably(draft, (fd) => {
    writeFileSync(fd, content);
  });
  renameSync(draft, file);
}
