/** Certificates: the rows after a history. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CertificatesProjection } from '#projections/certificates.ts';
import { certificateArrives, type Happening, recorded } from './history.ts';

function given(...happenings: Happening[]): CertificatesProjection {
  const rows = new CertificatesProjection();
  for (const event of recorded(...happenings)) rows.apply(event);
  return rows;
}

const idsOf = (rows: Iterable<{ facts: { sha256: string } }>): string[] =>
  [...rows].map((row) => row.facts.sha256);

describe('the certificates', () => {
  it('are found by fingerprint and by address, whatever its case', () => {
    const rows = given(certificateArrives('aa', { addresses: ['Bob@Partner.example', 'b@partner.example'] }));
    assert.equal(rows.get('aa')?.trust, 'by-path');
    assert.deepEqual(idsOf(rows.ofAddress('bob@PARTNER.example')), ['aa']);
    assert.deepEqual(idsOf(rows.ofAddress('b@partner.example')), ['aa']);
    assert.deepEqual(rows.ofAddress('carol@partner.example'), []);
    assert.equal(rows.get('bb'), null);
  });

  it('of one address stand in the order they became known, also after changes: a conflict is seen', () => {
    const rows = given(
      certificateArrives('bb'),
      certificateArrives('aa'),
      { certificate: 'bb', event: { type: 'CertificateTrusted', at: 20 } },
      { certificate: 'aa', event: { type: 'CertificateDistrusted', at: 30 } },
    );
    assert.deepEqual(idsOf(rows.ofAddress('bob@partner.example')), ['bb', 'aa']);
    assert.deepEqual(
      rows.ofAddress('bob@partner.example').map((row) => [row.trust, row.trustSince, row.firstPosition]),
      [
        ['trusted', 20, 1n],
        ['distrusted', 30, 2n],
      ],
    );
  });

  it('stay when they are revoked, and say so', () => {
    const rows = given(certificateArrives('aa'), {
      certificate: 'aa',
      event: { type: 'CertificateRevoked', reason: 'keyCompromise', at: 40 },
    });
    assert.equal(rows.get('aa')?.status, 'revoked');
    assert.deepEqual(rows.get('aa')?.revocation, { reason: 'keyCompromise', at: 40 });
    assert.deepEqual(idsOf(rows.ofAddress('bob@partner.example')), ['aa']);
  });

  it('keep who brought them, not who changed them', () => {
    const rows = given(
      { ...certificateArrives('aa'), actor: 'node/one' },
      { certificate: 'aa', event: { type: 'CertificateTrusted', at: 20 }, actor: 'operator/otto' },
    );
    assert.equal(rows.get('aa')?.importedBy, 'node/one');
  });

  it('of CAs are listed for path building', () => {
    const rows = given(
      certificateArrives('ca', { usages: ['ca'], addresses: [] }),
      certificateArrives('leaf'),
    );
    assert.deepEqual(idsOf(rows.authorities()), ['ca']);
    assert.deepEqual(idsOf(rows.all()), ['ca', 'leaf']);
  });

  it('name all addresses a public key is recorded for (threat 29)', () => {
    const rows = given(
      certificateArrives('aa', { publicKeySha256: 'one key' }),
      certificateArrives('bb', { publicKeySha256: 'one key', addresses: ['eve@partner.example'] }),
      certificateArrives('cc', { addresses: ['carol@partner.example'] }),
    );
    assert.deepEqual(rows.addressesOfKey('one key'), ['bob@partner.example', 'eve@partner.example']);
  });
});
