/** Links of PDF mails: bound, sealed, with an end (threats 16, 17). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openLink, sealLink } from '#node/pdf-pairs/link-token.ts';
import { AT, type ScratchGateway, scratchGateway } from '../ca/scratch-gateway.ts';

let gateway: ScratchGateway;
before(async () => {
  gateway = await scratchGateway();
});
after(() => gateway.stop());

const link = {
  sender: 'alice@example.org',
  recipient: 'bob@partner.example',
  writer: 'alice@example.org',
  messageId: '<1@example.org>',
  subject: 'Grüße 🎉',
  spoolId: 'gw.1.a',
  sentAtMs: AT - 1000,
  expiresAtMs: AT + 1000,
};

describe('a link', () => {
  it('comes back as it was, and shows nothing', async () => {
    const token = await sealLink(gateway.ports.keys, 'pdf-reply', link);
    assert.match(token, /^[\w-]+$/);
    const bytes = Buffer.from(token, 'base64url').toString('latin1');
    assert.ok(!bytes.includes('alice') && !bytes.includes('partner'));
    const opened = await openLink(gateway.ports.keys, 'pdf-reply', token, AT);
    assert.deepEqual(opened, { link: { v: 1, ...link }, expired: false });
  });
  it('is told to be expired, and is nothing when it is forged, changed, or for something else', async () => {
    const { keys } = gateway.ports;
    const token = await sealLink(keys, 'pdf-reply', link);
    const changed = `${token.slice(0, 40)}${token[40] === 'A' ? 'B' : 'A'}${token.slice(41)}`;
    assert.equal((await openLink(keys, 'pdf-reply', token, AT + 1000))?.expired, true);
    assert.equal(await openLink(keys, 'pdf-invitation', token, AT), null);
    for (const odd of [changed, '', 'x', token.slice(0, -4), 'A'.repeat(400), '../../etc/passwd']) {
      assert.equal(await openLink(keys, 'pdf-reply', odd, AT), null, odd);
    }
  });
  it('stays short, however long the subject is', async () => {
    const token = await sealLink(gateway.ports.keys, 'pdf-reply', { ...link, subject: 'long '.repeat(500) });
    assert.ok(token.length < 1500, `${token.length}`);
  });
});
