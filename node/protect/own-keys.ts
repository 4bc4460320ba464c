/** The keys of our people, as the worker of a mail needs them: to open with, to sign with, to verify by. */
import { createHash } from 'node:crypto';
import { fromBase64Url } from '#domain/canonical-json.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import type { OwnKey } from '#projections/own-keys.ts';
import type { ReadModels } from '#projections/read-models.ts';
import type { OwnCertificate, OwnOpenPgpKey } from './facts.ts';

/** Every certificate whose private key is here and belongs to this address; old ones still read old mail (K10). */
export function decryptCertificates(models: ReadModels, address: string): OwnCertificate[] {
  // By the public key: a certificate may have been known before its private key was imported. Only keys of this
  // person: a certificate that names a key of another must not open mail with it (threat 3).
  const keys = new Map(
    models.ownKeys.ofAddress(address).map((key) => [publicKeySha256(key), key.facts.keyId]),
  );
  return models.certificates.ofAddress(address).flatMap((c) => {
    const keyId = keys.get(c.facts.publicKeySha256);
    return keyId === undefined ? [] : [ownCertificate(models, c, keyId)];
  });
}

const hashes = new WeakMap<OwnKey['facts'], string>();

/** Hex SHA-256 of the SubjectPublicKeyInfo, as certificates record it. */
function publicKeySha256({ facts }: OwnKey): string {
  const known =
    hashes.get(facts) ?? createHash('sha256').update(fromBase64Url(facts.publicKey)).digest('hex');
  hashes.set(facts, known);
  return known;
}

export function ownCertificate(models: ReadModels, c: KnownCertificate, keyId: string): OwnCertificate {
  return {
    keyId,
    certificate: fromBase64Url(c.facts.der),
    chain: chainAbove(models, c),
    encryptionCertificate: null,
  };
}

const CHAIN_MAX = 8; // Real chains have two or three issuers; a loop in the store must end.

/** Issuers by name, without self-signed ones: what a partner needs besides the root. */
function chainAbove(models: ReadModels, leaf: KnownCertificate): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let issuer = leaf.facts.issuer;
  for (let i = 0; i < CHAIN_MAX; i++) {
    const next = models.certificates.authorities().find((c) => c.facts.subject === issuer);
    if (!next || next.facts.issuer === next.facts.subject) break;
    chain.push(fromBase64Url(next.facts.der));
    issuer = next.facts.issuer;
  }
  return chain;
}

export function ownOpenPgpKeys(models: ReadModels, address: string): OwnOpenPgpKey[] {
  return models.ownKeys
    .ofAddress(address)
    .filter((key) => key.facts.technology === 'openpgp')
    .map((key) => ({
      keyId: key.facts.keyId,
      publicKey: fromBase64Url(key.facts.publicKey),
      fingerprint: key.facts.fingerprint ?? '',
    }));
}
