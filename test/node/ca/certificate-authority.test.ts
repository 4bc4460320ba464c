/** The own authority over the real log and the real `keys` process (K2, K12, S4). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LogError } from '#consensus/event-log.ts';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { certificateDecider, certificateStream } from '#domain/certificates/certificate.ts';
import { foldStream } from '#domain/decider.ts';
import { keyRecordDecider, keyStream } from '#domain/keys/key-record.ts';
import { personDecider, personStream, type SmimeEquipment } from '#domain/people/person.ts';
import { certificateAuthority } from '#node/ca/certificate-authority.ts';
import { readAuthority } from '#node/ca/own-authority.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import { CertificatePool } from '#node/crypto/x509/certificate-pool.ts';
import { readCrl } from '#node/crypto/x509/crl.ts';
import { CrlStore } from '#node/crypto/x509/crl-store.ts';
import { addressesOf } from '#node/crypto/x509/mail-usage.ts';
import { findPath } from '#node/crypto/x509/path-builder.ts';
import { opensslVerdict } from '../crypto/x509/made-certificate.ts';
import { AT, meta, type ScratchGateway, SETTINGS, scratchGateway } from './scratch-gateway.ts';

const DAY = 86_400_000;

let gateway: ScratchGateway;
before(async () => {
  gateway = await scratchGateway();
});
after(() => gateway.stop());

const authority = () => certificateAuthority(gateway.ports, SETTINGS);

async function equipped(address: string, atMs = AT): Promise<SmimeEquipment> {
  const result = await authority().enrol({ address, name: 'Someone' }, meta({ atMs }));
  assert.equal(result.kind, 'done', result.kind === 'refused' ? result.refusal : '');
  return result.kind === 'done' ? result.smime : assert.fail();
}

async function certificateOf(sha256: string): Promise<X509Certificate> {
  const stored = await gateway.ports.ledger.readStream(certificateStream(sha256));
  const state = foldStream(certificateDecider, stored);
  return state.status === 'absent'
    ? assert.fail('not recorded')
    : readCertificate(fromBase64Url(state.facts.der));
}

const own = async () => (await readAuthority(gateway.ports)) ?? assert.fail('no authority');

describe('the own authority', () => {
  it('is made once, however many start at the same time, with its first CRL', async () => {
    const made = await Promise.all([1, 2, 3].map(() => authority().ensure(meta())));
    assert.equal(new Set(made.map(({ facts }) => facts.sha256)).size, 1);
    const kinds = await gateway.kinds();
    for (const kind of ['AuthorityCreated', 'TrustAnchorAdded', 'KeyGenerated', 'CrlIssued']) {
      assert.equal(kinds.filter((k) => k === kind).length, 1, kind);
    }
    const again = await authority().ensure(meta());
    assert.equal(again.facts.sha256, made[0]!.facts.sha256);
    assert.equal((await gateway.kinds()).length, kinds.length);
  });

  it('enrols a person with a certificate each for signature and encryption', async () => {
    const smime = await equipped('alice@example.org');
    assert.notEqual(smime.signature.keyId, smime.encryption.keyId);
    const { certificate: root } = await own();
    const crl = (await own()).state.crl!;
    const crls = new CrlStore();
    assert.equal(crls.add(readCrl(fromBase64Url(crl.der)), root), true);
    for (const usage of ['sign', 'encrypt'] as const) {
      const which = usage === 'sign' ? smime.signature : smime.encryption;
      const leaf = await certificateOf(which.certificate);
      assert.deepEqual(addressesOf(leaf), ['alice@example.org']);
      const purpose = usage === 'sign' ? 'smimesign' : 'smimeencrypt';
      const question = { leaf, roots: [root], purpose, crl: fromBase64Url(crl.der), strict: true } as const;
      assert.equal(opensslVerdict(question), 'OK');
      const pools = { anchors: new CertificatePool([root]), intermediates: new CertificatePool() };
      const found = findPath(leaf, { ...pools, usage, atMs: AT, revocation: crls.checkAt(AT) });
      assert.equal(found.ok && found.revocation, 'good');
      const key = foldStream(keyRecordDecider, await gateway.ports.ledger.readStream(keyStream(which.keyId)));
      assert.equal(key.status === 'active' && key.facts.usage, usage);
    }
    const tbs = Buffer.from('a mail');
    const signature = await gateway.ports.keys.sign({
      keyId: smime.signature.keyId,
      scheme: { scheme: 'rsa-pkcs1', hash: 'sha256' },
      tbs,
    });
    assert.ok(signature.length === 256);
  });

  it('or with one for both, where the mail domain says so', async () => {
    const smime = await equipped('carol@one.example.org');
    assert.deepEqual(smime.signature, smime.encryption);
    const leaf = await certificateOf(smime.signature.certificate);
    assert.deepEqual([...leaf.extensions.keyUsage!], ['digitalSignature', 'keyEncipherment']);
  });

  it('enrols once, however many mails ask at the same time, here and on another gateway', async () => {
    const [here, there] = [authority(), authority()];
    const ask = (ca: typeof here) => ca.enrol({ address: 'Bob@example.org', name: '' }, meta());
    const results = await Promise.all([ask(here), ask(here), ask(there), ask(there), ask(here)]);
    const certificates = results.map((r) => (r.kind === 'done' ? r.smime.signature.certificate : r.refusal));
    assert.equal(new Set(certificates).size, 1);
    const stored = await gateway.ports.ledger.readStream(personStream('bob@EXAMPLE.org'));
    assert.deepEqual(
      stored.map((event) => event.kind),
      ['PersonEnrolled', 'PersonEquippedWithSmime'],
    );
  });

  it('enrols nobody outside our mail domains, and nobody with a name that is none', async () => {
    const result = await authority().enrol({ address: 'eve@partner.example', name: '' }, meta());
    assert.deepEqual(result, { kind: 'refused', refusal: 'not-our-domain' });
    const bad = await authority().enrol({ address: 'x@example.org', name: 'a\r\nb' }, meta());
    assert.deepEqual(bad, { kind: 'refused', refusal: 'malformed-name' });
  });

  it('renews within the last month, and keeps the old keys for reading', async () => {
    const first = await equipped('dora@example.org');
    assert.deepEqual(await equipped('dora@example.org', AT + 600 * DAY), first);
    const second = await equipped('dora@example.org', first.notAfter - 29 * DAY);
    assert.notEqual(second.signature.certificate, first.signature.certificate);
    for (const { keyId } of [first.signature, first.encryption]) {
      const key = foldStream(keyRecordDecider, await gateway.ports.ledger.readStream(keyStream(keyId)));
      assert.equal(key.status, 'retired');
    }
    const person = foldStream(
      personDecider,
      await gateway.ports.ledger.readStream(personStream('dora@example.org')),
    );
    assert.deepEqual(person.status === 'enrolled' && person.smime, second);
  });

  it('revokes for good: on the CRL at once, and the person gets new keys', async () => {
    const before = await equipped('frank@example.org');
    const number = (await own()).state.crl!.number;
    const revoke = () => authority().revoke(before.signature.certificate, 'keyCompromise', meta());
    assert.deepEqual(await revoke(), { kind: 'done' });
    const { state, certificate: root } = await own();
    assert.equal(state.crl!.number, number + 1);
    const leaf = await certificateOf(before.signature.certificate);
    const crl = readCrl(fromBase64Url(state.crl!.der));
    assert.equal(crl.find(leaf.serialOctets)?.reason, 'keyCompromise');
    assert.match(opensslVerdict({ leaf, roots: [root], crl: crl.der }), /certificate revoked/);
    const count = (await gateway.events()).length;
    assert.deepEqual(await revoke(), { kind: 'done' });
    assert.equal((await gateway.events()).length, count);
    const after = await equipped('frank@example.org');
    assert.notEqual(after.signature.certificate, before.signature.certificate);
    assert.deepEqual(await authority().revoke('00', 'superseded', meta()), {
      kind: 'refused',
      refusal: 'unknown',
    });
  });

  it('renews the CRL before it ends, also under the same request id', async () => {
    const fixed = { requestId: 'hourly' };
    const { crl } = (await own()).state;
    assert.equal(await authority().ensureCrl(meta(fixed)), false);
    assert.equal(await authority().ensureCrl(meta({ ...fixed, atMs: AT + 4 * DAY })), true);
    assert.equal(await authority().ensureCrl(meta({ ...fixed, atMs: AT + 4 * DAY })), false);
    assert.equal(await authority().ensureCrl(meta({ ...fixed, atMs: AT + 8 * DAY })), true);
    assert.equal((await own()).state.crl!.number, crl!.number + 2);
  });

  it('records no secret in clear and says who did what', async () => {
    const events = await gateway.events();
    const keys = events.filter(({ kind }) => kind === 'KeyGenerated');
    assert.ok(keys.length >= 10);
    assert.ok(events.every(({ actor, reason }) => actor === 'operator/ada' && reason === 'test'));
    for (const { payload } of keys) {
      const { secret } = JSON.parse(Buffer.from(payload).toString());
      const octets = Buffer.from(secret.ciphertext, 'base64url');
      assert.equal(octets.includes(Buffer.from('2a864886f70d010101', 'hex')), false); // rsaEncryption
    }
  });
});

describe('a log that does not answer clearly', () => {
  it('is asked again with the same ids; nothing is recorded twice', async () => {
    let lost = 0;
    const { ledger, keys } = gateway.ports;
    const forgetful = {
      readStream: ledger.readStream,
      append: async (...args: Parameters<typeof ledger.append>) => {
        const done = await ledger.append(...args);
        lost += 1;
        if (lost % 2 === 1) throw new LogError('unresolved', 'the answer got lost');
        return done;
      },
    };
    const ca = certificateAuthority({ ledger: forgetful, keys }, SETTINGS);
    const result = await ca.enrol({ address: 'gina@example.org', name: 'Gina' }, meta());
    assert.equal(result.kind, 'done');
    assert.ok(lost >= 2);
    const stored = await ledger.readStream(personStream('gina@example.org'));
    assert.equal(stored.length, 2);
  });
  it('and refuses changes: the error goes to the caller, nothing is half done', async () => {
    const { ledger, keys } = gateway.ports;
    const cut = {
      readStream: ledger.readStream,
      append: async () => {
        throw new LogError('no-quorum', 'cut off');
      },
    };
    const ca = certificateAuthority({ ledger: cut, keys }, SETTINGS);
    await assert.rejects(ca.enrol({ address: 'hugo@example.org', name: '' }, meta()), { code: 'no-quorum' });
    assert.equal((await ledger.readStream(personStream('hugo@example.org'))).length, 0);
    assert.equal((await equipped('hugo@example.org')).signature.keyId.length, 36);
  });
});
