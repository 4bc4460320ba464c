/** Mutated certificates, CRLs and PKCS#12 files into their readers: no error but documented ones (targets.md R15). */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Pkcs12Error } from '#node/crypto/pkcs12/pkcs12-error.ts';
import { readPkcs12 } from '#node/crypto/pkcs12/read-pkcs12.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { readCrl } from '#node/crypto/x509/crl.ts';
import { issueCrl } from '#node/crypto/x509/crl-writer.ts';
import { addressesOf, allowsMailUsage } from '#node/crypto/x509/mail-usage.ts';
import { X509Error } from '#node/crypto/x509/x509-error.ts';
import { fuzz, fuzzSeconds, fuzzSeed } from '../../../fault/mutation.ts';
import { authority, inFolder, NOW, openssl, pem, person, root, softwareSigner } from './made-certificate.ts';

const SECONDS = fuzzSeconds(7);
const SEED = fuzzSeed(5280);

const tokens = [
  '3000',
  '3080',
  '0000',
  'a0',
  '0500',
  '308400ffffff',
  '020101',
  '0101ff',
  '170d',
  '06092a86',
].map((hex) => Buffer.from(hex, 'hex'));

function onlyDocumented(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof X509Error || error instanceof Pkcs12Error)) throw error;
  }
}

describe('readers of certificates', () => {
  it(`bear what is thrown at them, seed ${SEED}`, async () => {
    const top = root();
    const issuing = authority(top, 'Issuing');
    const leaf = person(issuing, { mail: ['a@x.example'] });
    const lines = [{ serial: '0a', reason: 'keyCompromise', revokedAt: NOW, notAfter: NOW + 1 }] as const;
    const times = { number: 1, thisUpdateMs: NOW, nextUpdateMs: NOW + 1_000_000 };
    const crl = await issueCrl({ issuer: top.certificate, lines, ...times }, softwareSigner(top.key));
    const p12 = inFolder((folder) => {
      const at = (name: string): string => join(folder, name);
      writeFileSync(at('c.pem'), pem(leaf.certificate.der));
      writeFileSync(at('k.pem'), leaf.key.export({ type: 'pkcs8', format: 'pem' }));
      const files = ['-inkey', at('k.pem'), '-in', at('c.pem'), '-out', at('f.p12')];
      openssl('pkcs12', '-export', ...files, '-passout', 'pass:x', '-iter', '1', '-maciter', '-nomac');
      return readFileSync(at('f.p12'));
    });
    const certificates = [top, issuing, leaf].map(({ certificate }) => Buffer.from(certificate.der));
    const feed = (input: Buffer): void => {
      onlyDocumented(() => {
        const certificate = readCertificate(input);
        addressesOf(certificate);
        allowsMailUsage(certificate, 'sign');
        certificate.isSignedBy(top.certificate);
      });
      onlyDocumented(() => readCrl(input));
      onlyDocumented(() => readPkcs12(input, 'x'));
    };
    const corpus = [...certificates, Buffer.from(crl), p12];
    const cases = await fuzz({ seconds: SECONDS, seed: SEED, corpus, tokens, feed });
    assert.ok(cases > 50, `only ${cases} cases`);
  });
});
