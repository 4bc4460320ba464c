import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodePortalLink, encodePortalLink, type PortalLink } from '#domain/pdf/reply-link.ts';

const link: PortalLink = {
  kind: 'reply',
  pairSender: '*',
  sender: 'doctor@clinic.example',
  recipient: 'patient@mail.example',
  spoolId: 'gateway-1.1.01JD8Z3V4YQ6T5N2K7M9P0R1S2',
  messageId: '<1@clinic.example>',
  subject: 'Befund 👩‍⚕️',
  sentAt: 1_770_000_000_000,
  expiresAt: 1_780_000_000_000,
};

describe('the content of a portal link', () => {
  it('is read as it was written', () => {
    assert.deepEqual(decodePortalLink(encodePortalLink(link)), link);
  });

  it('cuts a long subject between characters, and leaves out a Message-ID that would not fit', () => {
    const long = { ...link, subject: '👩'.repeat(500), messageId: `<${'x'.repeat(400)}@clinic.example>` };
    const read = decodePortalLink(encodePortalLink(long));
    assert.equal(read?.subject, '👩'.repeat(160));
    assert.equal(read?.messageId, '');
  });

  it('is not read in a form of a later version', () => {
    assert.equal(decodePortalLink(Buffer.from('[2,"reply"]')), null);
    assert.equal(decodePortalLink(Buffer.from('{"kind":"reply"}')), null);
    const fields = JSON.parse(Buffer.from(encodePortalLink(link)).toString()) as unknown[];
    fields[1] = 'other';
    assert.equal(decodePortalLink(Buffer.from(JSON.stringify(fields))), null);
  });
});
