import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { octetsOf } from '#domain/mail/octets.ts';
import { attachmentsOf } from '#domain/mime/attachment.ts';
import { firstValue } from '#domain/mime/header.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { parseMime } from '#domain/mime/tree.ts';
import { type AnswerFacts, AnswerMail } from '#node/portal/answer-mail.ts';

const facts: AnswerFacts = {
  from: 'patient@mail.example',
  to: 'doctor@clinic.example',
  subject: 'Befund',
  inReplyTo: '<1@clinic.example>',
  messageId: '<01JD8Z3V4YQ6T5N2K7M9P0R1S2@gateway.example>',
  atMs: 1_770_000_000_000,
  boundary: 'b0undary',
};

interface UploadedFile {
  readonly name: string;
  readonly type: string;
  readonly pieces: readonly Uint8Array[];
}

function mailOf(changes: Partial<AnswerFacts>, message: string, files: readonly UploadedFile[]) {
  const mail = new AnswerMail({ ...facts, ...changes });
  const parts = [mail.begin(message)];
  for (const { name, type, pieces } of files) {
    parts.push(mail.beginFile(name, type), ...pieces.map((piece) => mail.piece(piece)), mail.endFile());
  }
  parts.push(mail.end());
  const octets = octetsOf(Buffer.concat(parts));
  const parsed = parseMime(octets);
  assert.equal(parsed.kind, 'continue');
  return { octets, entity: parsed.kind === 'continue' ? parsed.mail : assert.fail() };
}

describe('the mail of an answer', () => {
  it('has the text and each file as it was, whatever the pieces', () => {
    const photo = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7) % 256));
    const pieces = [photo.subarray(0, 1), photo.subarray(1, 100), photo.subarray(100)];
    const { octets, entity } = mailOf({}, 'Grüße\nund Dank', [
      { name: 'Foto 1.jpg', type: 'image/jpeg', pieces },
      { name: 'leer.txt', type: 'text/plain', pieces: [] },
    ]);
    assert.equal(firstValue(entity.header, 'subject'), 'Re: Befund');
    assert.equal(firstValue(entity.header, 'in-reply-to'), '<1@clinic.example>');
    const [text, jpeg, empty] = entity.children.map((part) => Buffer.concat([...decodedBody(octets, part)]));
    assert.equal(text!.toString(), 'Grüße\r\nund Dank');
    assert.deepEqual(jpeg, photo);
    assert.equal(empty!.length, 0);
    assert.deepEqual(
      attachmentsOf(entity).map((a) => [a.name, a.type]),
      [
        ['Foto 1.jpg', 'image/jpeg'],
        ['leer.txt', 'text/plain'],
      ],
    );
  });

  it('threat 31: neither a subject nor a name nor a type brings a field of its own', () => {
    const evil = 'x\r\nBcc: eve@evil.example\u2028';
    const { entity } = mailOf({ subject: evil, inReplyTo: '<a>\r\nBcc: eve@evil.example' }, 'text', [
      { name: `${evil}.txt`, type: 'text/html\r\nX-Evil: 1', pieces: [Buffer.from('x')] },
    ]);
    assert.equal(firstValue(entity.header, 'bcc'), null);
    assert.equal(firstValue(entity.header, 'in-reply-to'), null);
    const [file] = attachmentsOf(entity);
    assert.equal(file?.type, 'application/octet-stream');
    assert.equal(firstValue(entity.children[1]!.header, 'x-evil'), null);
  });

  it('threat 18: a name is a name, never a path, and never turns its direction', () => {
    const names = ['../../etc/passwd', 'C:\\Users\\a\\b.txt', '..', '', 'a\u202egpj.exe'];
    const { entity } = mailOf(
      {},
      'text',
      names.map((name) => ({ name, type: 'text/plain', pieces: [] })),
    );
    assert.deepEqual(
      attachmentsOf(entity).map((a) => a.name),
      ['passwd', 'b.txt', 'file', 'file', 'agpj.exe'],
    );
  });
});
