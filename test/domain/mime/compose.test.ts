/** New structures around content (RFC 1847, RFC 3156, RFC 8551). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { octetsOf } from '#domain/mail/octets.ts';
import {
  multipartSigned,
  pgpEncrypted,
  pgpSignaturePart,
  pkcs7Mime,
  pkcs7SignaturePart,
} from '#domain/mime/compose.ts';
import { messageFields } from '#domain/mime/split-header.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { bytesOf, fixture, mail, parsed, textOf } from './fixture.ts';

const outer = messageFields(parsed(fixture('outlook-mixed.eml')));
const signed = mail('Content-Type: text/plain\n\nsigned text\n');

describe('a new structure', () => {
  it('multipart/signed holds the signed bytes unchanged', () => {
    for (const signature of [
      pkcs7SignaturePart([Buffer.from('DER')]),
      pgpSignaturePart([Buffer.from('ARMOUR\r\n')]),
    ]) {
      const protocol = 'application/pkcs7-signature';
      const bytes = bytesOf(
        multipartSigned(outer, { protocol, micalg: 'sha-256', boundary: 'b 1' }, [signed], signature),
      );
      const root = parsed(bytes);
      assert.deepEqual(root.defects, []);
      assert.deepEqual(
        [...root.contentType.parameters],
        [
          ['protocol', protocol],
          ['micalg', 'sha-256'],
          ['boundary', 'b 1'],
        ],
      );
      assert.deepEqual(bytes.subarray(root.children[0]!.start, root.children[0]!.end), signed);
      assert.match(textOf(decodedBody(octetsOf(bytes), root.children[1]!)), /^(DER|ARMOUR\r\n)$/);
    }
  });
  it('application/pkcs7-mime holds the octets in base64, the fields of the mail stand outside', () => {
    const der = Buffer.alloc(5_000, 7);
    const bytes = bytesOf(pkcs7Mime(outer, 'enveloped-data', [der]));
    const root = parsed(bytes);
    assert.equal(root.contentType.value, 'application/pkcs7-mime');
    assert.equal(root.contentType.parameters.get('smime-type'), 'enveloped-data');
    assert.deepEqual(bytesOf(decodedBody(octetsOf(bytes), root)), der);
    assert.equal(root.header.fields.filter((f) => f.key === 'content-type').length, 1);
    assert.equal(root.header.fields.filter((f) => f.key === 'mime-version').length, 1);
    assert.ok(root.header.fields.some((f) => f.key === 'subject'));
  });
  it('multipart/encrypted has the two parts of RFC 3156 §4', () => {
    const bytes = bytesOf(pgpEncrypted(outer, 'xyz', [Buffer.from('-----BEGIN PGP MESSAGE-----\r\n')]));
    const root = parsed(bytes);
    assert.deepEqual(
      root.children.map((c) => c.contentType.value),
      ['application/pgp-encrypted', 'application/octet-stream'],
    );
    assert.equal(textOf(decodedBody(octetsOf(bytes), root.children[0]!)), 'Version: 1\r\n');
  });
  it('of a mail without MIME-Version gets one; a last field without line end gets that too', () => {
    assert.equal(
      Buffer.from(messageFields(parsed(Buffer.from('From: a@b.example')))).toString(),
      'From: a@b.example\r\nMIME-Version: 1.0\r\n',
    );
  });
});
