/** The header as a mail leaves. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CopyGroup } from '#domain/mail/groups.ts';
import type { PlannedMail } from '#domain/mail/line.ts';
import { octetsOf } from '#domain/mail/octets.ts';
import { NO_PROTECTION } from '#domain/mail/verdict.ts';
import { parseMime } from '#domain/mime/tree.ts';
import type { LinePorts } from '#node/protect/line-ports.ts';
import { stampVersion } from '#node/protect/stamp.ts';

async function stamped(zone: 'inside' | 'outside', text: string, untouched = false): Promise<string> {
  const octets = octetsOf(Buffer.from(text));
  const parsed = parseMime(octets);
  assert.ok(parsed.kind === 'continue');
  const version = { octets, entity: parsed.mail, verdict: NO_PROTECTION, opened: false };
  const group = { version, copy: { untouched, verify: null, headerEdits: [] } } as unknown as CopyGroup;
  const mail = { facts: { zone } } as unknown as PlannedMail;
  const made = await stampVersion(
    group,
    mail,
    { commands: new Set(['secure']), language: 'en' },
    {} as LinePorts,
  );
  return Buffer.concat([...made.octets.chunks()]).toString();
}

describe('a subject command', () => {
  for (const zone of ['inside', 'outside'] as const) {
    it(`is taken out of a mail from ${zone} (P25, threat 19)`, async () => {
      const mail = 'From: a@x.example\r\nSubject: {Secure} offer {1}\r\n\r\nhello\r\n';
      assert.equal(await stamped(zone, mail), mail.replace('{Secure} ', ''));
      assert.equal(await stamped(zone, mail, true), mail);
    });
  }
});

describe('Bcc', () => {
  it('of a mail from inside is seen by nobody, also of an untouched one (P23)', async () => {
    const mail = 'From: a@x.example\r\nBcc: b@x.example\r\n\r\nhello\r\n';
    assert.equal(await stamped('inside', mail, true), mail.replace('Bcc: b@x.example\r\n', ''));
  });
});
