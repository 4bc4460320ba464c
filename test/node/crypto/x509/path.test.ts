/** Path building and validation (RFC 5280 §6, RFC 8550), each case asked of OpenSSL too. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  explicit,
  ia5String,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import { CertificatePool } from '#node/crypto/x509/certificate-pool.ts';
import { writeName } from '#node/crypto/x509/distinguished-name.ts';
import type { MailUsage } from '#node/crypto/x509/mail-usage.ts';
import { findPath } from '#node/crypto/x509/path-builder.ts';
import type { RevocationCheck } from '#node/crypto/x509/path-validation.ts';
import {
  authority,
  constraints,
  DAY,
  extension,
  type Made,
  make,
  NOW,
  opensslVerdict,
  person,
  rfc822,
  root,
  type Shape,
} from './made-certificate.ts';

interface Ask {
  readonly usage?: MailUsage | null;
  readonly atMs?: number;
  readonly revocation?: RevocationCheck;
}

function ours(leaf: Made, roots: readonly Made[], others: readonly Made[] = [], ask: Ask = {}) {
  const pool = (made: readonly Made[]) => new CertificatePool(made.map((m) => m.certificate));
  const { usage = 'sign', atMs = NOW, revocation = () => 'good' } = ask;
  const request = { anchors: pool(roots), intermediates: pool(others), usage, atMs, revocation } as const;
  return findPath(leaf.certificate, request);
}

function theirs(leaf: Made, roots: readonly Made[], others: readonly Made[] = [], ask: Ask = {}): string {
  const purpose = { sign: 'smimesign', encrypt: 'smimeencrypt' } as const;
  const { usage = 'sign', atMs = NOW } = ask;
  const certificates = (made: readonly Made[]): X509Certificate[] => made.map((m) => m.certificate);
  return opensslVerdict({
    leaf: leaf.certificate,
    roots: certificates(roots),
    others: certificates(others),
    atMs,
    ...(usage ? { purpose: purpose[usage] } : {}),
  });
}

function holds(leaf: Made, roots: readonly Made[], others: readonly Made[] = [], ask: Ask = {}): void {
  const result = ours(leaf, roots, others, ask);
  assert.equal(result.ok, true, result.ok ? '' : result.problem);
  assert.equal(theirs(leaf, roots, others, ask), 'OK');
}

/** `alone`: OpenSSL accepts it, with the reason why we do not. */
function fails(
  problem: string,
  leaf: Made,
  roots: readonly Made[],
  others: readonly Made[] = [],
  ask: Ask = {},
  alone = '',
): void {
  const result = ours(leaf, roots, others, ask);
  assert.equal(result.ok ? 'ok' : result.problem, problem);
  if (alone === '') assert.notEqual(theirs(leaf, roots, others, ask), 'OK');
}

const top = root();
const middle = authority(top, 'Middle');
const issuing = authority(middle, 'Issuing');
const alice = person(issuing);
const chain = [middle, issuing];

describe('a path to a trust anchor', () => {
  it('goes over intermediates', () => {
    holds(alice, [top], chain);
    const result = ours(alice, [top], chain);
    const names = result.ok ? result.path.map((c) => c.subject.relative[0]?.[0]?.value) : [];
    assert.deepEqual(names, ['Alice', 'Issuing', 'Middle', 'Test Root']);
  });
  it('may end at an intermediate that an operator trusts', () => {
    assert.equal(ours(alice, [middle], [issuing]).ok, true);
  });
  it('is not found when a link or the anchor is missing', () => {
    fails('no-path', alice, [top], [middle]);
    fails('no-path', alice, [root({ name: 'Other Root' })], chain);
  });
  it('is not made by a name alone: the signature counts', () => {
    const forged = person({ certificate: issuing.certificate, key: make({}).key }, { keyIds: false });
    fails('bad-signature', forged, [top], chain);
    fails('bad-signature', person(issuing, { signature: new Uint8Array(70) }), [top], chain);
  });
  it('finds the right one of two CAs of one name', () => {
    const twin = authority(top, 'Issuing', { notAfter: NOW - DAY });
    holds(alice, [top], [twin, middle, issuing]);
    holds(person(issuing, { keyIds: false }), [top], [twin, middle, issuing]);
  });
  it('of a mesh with loops ends soon', () => {
    const a = authority(top, 'A');
    const b = authority(a, 'B');
    const mesh = [a, b];
    for (let i = 0; i < 60; i++) {
      mesh.push(authority(b, 'A', { key: a.key }), authority(a, 'B', { key: b.key }));
    }
    const lost = root({ name: 'Nobody' });
    const started = performance.now();
    assert.equal(ours(person(b), [lost], mesh).ok, false);
    assert.ok(performance.now() - started < 2_000);
  });
});

describe('validity', () => {
  it('lasts through the second of notAfter (RFC 5280 §4.1.2.5)', () => {
    const end = alice.certificate.notAfterMs;
    assert.equal(ours(alice, [top], chain, { atMs: end + 999 }).ok, true);
    fails('expired', alice, [top], chain, { atMs: end + 1_000 });
    fails('not-yet-valid', alice, [top], chain, { atMs: alice.certificate.notBeforeMs - 1_000 });
  });
  it('is asked of each certificate', () => {
    const old = authority(top, 'Old', { notAfter: NOW - DAY });
    fails('expired', person(old), [top], [old]);
    const oldRoot = root({ name: 'Old Root', notAfter: NOW - DAY });
    fails('expired', person(oldRoot), [oldRoot]);
  });
});

describe('an issuer', () => {
  it('must be a CA', () => {
    for (const shape of [{ ca: false }, { ca: 'absent' }, { usage: ['digitalSignature'] }] as Shape[]) {
      const notCa = authority(top, 'Not a CA', shape);
      fails('not-a-ca', person(notCa), [top], [notCa]);
    }
  });
  it('keeps its path length', () => {
    const short = authority(top, 'Short', { pathLength: 0 });
    const below = authority(short, 'Below');
    holds(person(short), [top], [short]);
    fails('path-too-long', person(below), [top], [short, below]);
    const shortRoot = root({ name: 'Short Root', pathLength: 0 });
    const sub = authority(shortRoot, 'Sub');
    fails('path-too-long', person(sub), [shortRoot], [sub]);
  });
  it('does not count a self-issued certificate in its path length (RFC 5280 §6.1.4 l)', () => {
    const one = authority(top, 'Renewing', { pathLength: 0 });
    const renewed = authority(one, 'Renewing');
    holds(person(renewed), [top], [one, renewed]);
  });
  it('that is confined to other purposes does not issue for mail', () => {
    const tls = authority(top, 'TLS only', { extendedUsage: [OID.serverAuth] });
    fails('wrong-usage', person(tls), [top], [tls]);
    const mail = authority(top, 'Mail', { extendedUsage: [OID.emailProtection, OID.clientAuth] });
    holds(person(mail), [top], [mail]);
  });
});

describe('usage for mail (RFC 8550 §4.4)', () => {
  const encrypts = person(issuing, { usage: ['keyEncipherment'] });
  it('separates signature and encryption', () => {
    fails('wrong-usage', alice, [top], chain, { usage: 'encrypt' });
    fails('wrong-usage', encrypts, [top], chain, { usage: 'sign' });
    holds(encrypts, [top], chain, { usage: 'encrypt' });
    assert.equal(ours(encrypts, [top], chain, { usage: null }).ok, true);
  });
  it('is free where the certificate says nothing', () => {
    const free = make({ name: 'Free', issuer: issuing, ca: 'absent', mail: ['a@example.org'] });
    holds(free, [top], chain, { usage: 'sign' });
    holds(free, [top], chain, { usage: 'encrypt' });
  });
  it('needs emailProtection or any', () => {
    fails('wrong-usage', person(issuing, { extendedUsage: [OID.serverAuth] }), [top], chain);
    const any = person(issuing, { extendedUsage: [OID.anyExtendedKeyUsage] });
    assert.equal(ours(any, [top], chain).ok, true);
  });
});

describe('extensions', () => {
  const odd = (critical: boolean) =>
    extension('1.3.6.1.4.1.99999.1', octetString(Buffer.from('?')), critical);
  it('that are unknown and critical refuse the path, wherever they stand', () => {
    fails('unknown-critical-extension', person(issuing, { more: [odd(true)] }), [top], chain);
    const ca = authority(top, 'Odd', { more: [odd(true)] });
    fails('unknown-critical-extension', person(ca), [top], [ca]);
    holds(person(issuing, { more: [odd(false)] }), [top], chain);
  });
});

describe('name constraints (RFC 5280 §4.2.1.10)', () => {
  const under = (more: ReturnType<typeof constraints>, leaf: Shape): [Made, Made[], Made[]] => {
    const ca = authority(top, 'Constrained', { more: [more] });
    return [person(ca, leaf), [top], [ca]];
  };
  it('permit a host, a domain, a mailbox', () => {
    holds(...under(constraints([rfc822('example.org')]), {}));
    holds(...under(constraints([rfc822('.example.org')]), { mail: ['a@mail.example.org'] }));
    holds(...under(constraints([rfc822('alice@example.org')]), {}));
    holds(...under(constraints([rfc822('EXAMPLE.org')]), { mail: ['a@Example.ORG'] }));
  });
  it('refuse what is not permitted', () => {
    fails(
      'name-constraints',
      ...under(constraints([rfc822('example.org')]), { mail: ['a@partner.example'] }),
    );
    fails(
      'name-constraints',
      ...under(constraints([rfc822('example.org')]), { mail: ['a@sub.example.org'] }),
    );
    fails('name-constraints', ...under(constraints([rfc822('.example.org')]), { mail: ['a@example.org'] }));
    fails(
      'name-constraints',
      ...under(constraints([rfc822('.example.org')]), { mail: ['a@badexample.org'] }),
    );
    const two = { mail: ['alice@example.org', 'ceo@partner.example'] };
    fails('name-constraints', ...under(constraints([rfc822('example.org')]), two));
  });
  it('refuse what is excluded', () => {
    fails('name-constraints', ...under(constraints([], [rfc822('example.org')]), {}));
    holds(...under(constraints([], [rfc822('partner.example')]), {}));
  });
  it("govern the subject's emailAddress where there is no other name", () => {
    const leaf: Shape = { mail: undefined as never, email: 'ceo@partner.example' };
    const ca = authority(top, 'Constrained', { more: [constraints([rfc822('example.org')])] });
    const { mail: _, ...bare } = leaf;
    const made = make({ name: 'CEO', issuer: ca, usage: ['digitalSignature'], ...bare });
    fails('name-constraints', made, [top], [ca]);
  });
  it('know directory names', () => {
    const directory = explicit(4, writeName([{ oid: OID.commonName, value: 'ALICE' }]));
    holds(...under(constraints([directory]), {}));
    fails('name-constraints', ...under(constraints([directory]), { name: 'Mallory' }));
    fails('name-constraints', ...under(constraints([], [directory]), {}));
  });
  it('know DNS names, addresses and URIs', () => {
    const dns = (name: string) => implicit(2, ia5String(name));
    const uri = (name: string) => implicit(6, ia5String(name));
    const ip = (...octets: number[]) => implicit(7, octetString(Buffer.from(octets)));
    const named = (name: ReturnType<typeof dns>): Shape => {
      return { mail: undefined as never, more: [extension(OID.subjectAltName, sequence(name))] };
    };
    const leaf = (name: ReturnType<typeof dns>, ca: Made) => {
      const { mail: _, ...shape } = named(name);
      return make({ name: 'Host', issuer: ca, ...shape });
    };
    const free: Ask = { usage: null };
    const check = (
      allowed: ReturnType<typeof dns>,
      good: ReturnType<typeof dns>,
      bad: ReturnType<typeof dns>,
    ) => {
      const ca = authority(top, 'Hosts', { more: [constraints([allowed])] });
      holds(leaf(good, ca), [top], [ca], free);
      fails('name-constraints', leaf(bad, ca), [top], [ca], free);
    };
    check(dns('example.org'), dns('www.example.org'), dns('badexample.org'));
    check(uri('example.org'), uri('https://example.org/x'), uri('https://a.example.net/x'));
    check(ip(10, 0, 0, 0, 255, 0, 0, 0), ip(10, 1, 2, 3), ip(11, 1, 2, 3));
  });
  it('of an anchor count too (RFC 5937)', () => {
    const confined = root({ name: 'Confined', more: [constraints([rfc822('example.org')])] });
    holds(person(confined), [confined]);
    fails('name-constraints', person(confined, { mail: ['a@partner.example'] }), [confined]);
  });
});

describe('policies', () => {
  const policies = (...types: string[]) =>
    extension(OID.certificatePolicies, sequence(...types.map((type) => sequence(oid(type)))));
  const required = extension(OID.policyConstraints, sequence(implicit(0, integer(0))), true);
  const anyPolicy = policies(OID.anyPolicy);
  const issuing = root({ name: 'Policy Root', more: [anyPolicy] });
  it('that a CA requires must be valid from end to end', () => {
    const strict = authority(issuing, 'Strict', { more: [policies('1.2.3'), required] });
    const good = person(strict, { more: [policies('1.2.3')] });
    holds(good, [issuing], [strict]);
    for (const more of [[policies('1.2.4')], []]) {
      assert.equal(ours(person(strict, { more }), [issuing], [strict]).ok, false);
      fails('policy', person(strict, { more }), [issuing], [strict]);
    }
  });
  it('are of no matter otherwise', () =>
    holds(person(issuing, { more: [policies('1.2.4')] }), [issuing], []));
  it('any policy counts until it is inhibited', () => {
    const any = authority(issuing, 'Any', { more: [policies(OID.anyPolicy), required] });
    holds(person(any, { more: [policies('1.2.4')] }), [issuing], [any]);
    const inhibit = extension(OID.inhibitAnyPolicy, integer(0), true);
    const noAny = authority(issuing, 'No Any', { more: [policies('1.2.3'), required, inhibit] });
    fails('policy', person(noAny, { more: [policies(OID.anyPolicy)] }), [issuing], [noAny]);
  });
  it('may be mapped by a CA', () => {
    const mapping = extension(OID.policyMappings, sequence(sequence(oid('1.2.3'), oid('1.9.9'))), true);
    const maps = authority(issuing, 'Maps', { more: [policies('1.2.3'), mapping, required] });
    holds(person(maps, { more: [policies('1.9.9')] }), [issuing], [maps]);
    fails('policy', person(maps, { more: [policies('1.2.3')] }), [issuing], [maps]);
  });
});

describe('weak signatures', () => {
  it('with SHA-1 are refused below the anchor', () => {
    const weak = person(issuing, { scheme: { scheme: 'ecdsa', hash: 'sha1' } });
    fails('weak-algorithm', weak, [top], chain, {}, 'OpenSSL accepts SHA-1 at its default level');
    const oldRoot = root({ name: 'SHA-1 Root', scheme: { scheme: 'ecdsa', hash: 'sha1' } });
    assert.equal(ours(person(oldRoot), [oldRoot]).ok, true);
  });
});

describe('revocation on a path', () => {
  const about = (who: Made, verdict: 'revoked' | 'unknown'): RevocationCheck => {
    return (certificate) => (certificate.sha256 === who.certificate.sha256 ? verdict : 'good');
  };
  it('of any certificate but the anchor refuses it', () => {
    for (const who of [alice, issuing, middle]) {
      const result = ours(alice, [top], chain, { revocation: about(who, 'revoked') });
      assert.equal(result.ok ? 'ok' : result.problem, 'revoked');
      assert.equal(result.ok ? null : result.certificate.sha256, who.certificate.sha256);
    }
  });
  it('that is unknown stays unknown, never good', () => {
    const result = ours(alice, [top], chain, { revocation: about(middle, 'unknown') });
    assert.equal(result.ok && result.revocation, 'unknown');
    const good = ours(alice, [top], chain);
    assert.equal(good.ok && good.revocation, 'good');
  });
});
