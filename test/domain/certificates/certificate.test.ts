/** Life of a certificate, as a specification. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type CertificateEvent,
  type CertificateFacts,
  certificateDecider,
  certificateStream,
} from '#domain/certificates/certificate.ts';
import { specification } from '../specification.ts';

const monday = 1_000;
const saturday = 6_000;
const facts: CertificateFacts = {
  sha256: 'ab',
  der: 'MAA',
  addresses: ['alice@example.org'],
  subject: 'CN=Alice',
  issuer: 'CN=CA',
  serial: '01',
  notBefore: 0,
  notAfter: 5_000,
  usages: ['sign', 'encrypt'],
  publicKeySha256: 'cd',
  keyId: null,
};
const imported: CertificateEvent = { type: 'CertificateImported', origin: 'signed-mail', ...facts, at: 500 };
const issued: CertificateEvent = { type: 'CertificateIssued', authorityId: 'internal', ...facts, at: 500 };
const trusted: CertificateEvent = { type: 'CertificateTrusted', at: monday };
const revoked: CertificateEvent = { type: 'CertificateRevoked', reason: 'keyCompromise', at: 700 };
const { given } = specification(certificateDecider);
const importFrom = (origin: 'operator' | 'signed-mail', change: Partial<CertificateFacts> = {}) => ({
  type: 'ImportCertificate' as const,
  origin,
  keyKnownFor: [],
  ...facts,
  ...change,
  at: 500,
});

describe('a certificate', () => {
  it('has a stream of its own', () => assert.equal(certificateStream('ab'), 'certificate/ab'));
  it('is imported from a signed mail, good only by its path (K9)', () => {
    given().when(importFrom('signed-mail')).records(imported);
    const state = given(imported).state();
    assert.equal(state.status === 'known' && state.trust, 'by-path');
  });
  it('is vouched for by the operator who imports it', () => {
    given()
      .when(importFrom('operator'))
      .records({ ...imported, origin: 'operator' });
    const state = given({ ...imported, origin: 'operator' }).state();
    assert.equal(state.status === 'known' && state.trust, 'trusted');
  });
  it('of a CA is not trusted by being imported', () => {
    const ca = { ...imported, origin: 'operator' as const, usages: ['ca' as const] };
    const state = given(ca).state();
    assert.equal(state.status === 'known' && state.trust, 'by-path');
  });
  it('seen again changes nothing', () => given(imported).when(importFrom('signed-mail')).recordsNothing());
  it('imported again by an operator is told', () => {
    given(imported).when(importFrom('operator')).refuses('already-known');
  });
  it('without an address is of no use', () => {
    given()
      .when(importFrom('operator', { addresses: [] }))
      .refuses('no-address');
  });
  it('with the key of another owner is refused (threat 29)', () => {
    const command = { ...importFrom('operator'), keyKnownFor: ['mallory@example.org'] };
    given().when(command).refuses('key-of-another-owner');
  });
  it('of our own CA is trusted', () => {
    given()
      .when({ type: 'RecordIssuedCertificate', authorityId: 'internal', ...facts, at: 500 })
      .records(issued);
    given(issued)
      .when({ type: 'RecordIssuedCertificate', authorityId: 'internal', ...facts, at: 500 })
      .refuses('already-known');
    const state = given(issued).state();
    assert.deepEqual(state.status === 'known' && [state.trust, state.origin, state.authorityId], [
      'trusted',
      'own-ca',
      'internal',
    ]);
  });
  it('is trusted by an operator while it is valid', () => {
    given(imported).when({ type: 'TrustCertificate', at: monday }).records(trusted);
    given(imported, trusted).when({ type: 'TrustCertificate', at: monday }).recordsNothing();
  });
  it('cannot be trusted after its notAfter (RFC 5280 §4.1.2.5)', () => {
    given(imported).when({ type: 'TrustCertificate', at: saturday }).refuses('expired');
  });
  it('can be distrusted, whatever its path', () => {
    const distrusted: CertificateEvent = { type: 'CertificateDistrusted', at: monday };
    given(imported).when({ type: 'DistrustCertificate', at: monday }).records(distrusted);
    given(imported, distrusted).when({ type: 'DistrustCertificate', at: monday }).recordsNothing();
  });
  it('is revoked once, for good', () => {
    given(imported).when({ type: 'RevokeCertificate', reason: 'keyCompromise', at: 700 }).records(revoked);
    given(imported, revoked)
      .when({ type: 'RevokeCertificate', reason: 'superseded', at: 800 })
      .recordsNothing();
    given(imported, revoked).when({ type: 'TrustCertificate', at: monday }).refuses('revoked');
  });
  it('must be known first', () => given().when({ type: 'TrustCertificate', at: monday }).refuses('unknown'));
});
