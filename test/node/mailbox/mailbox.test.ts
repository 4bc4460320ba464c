/** The mailbox process: takes what leaves, keeps the newest, answers over its socket; nothing is on disk but its keys. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { layoutOf } from '#node/config/layout.ts';
import { settingsSchema } from '#node/config/settings.ts';
import { ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import { processLog } from '#node/log.ts';
import { type KeptMail, keptMails } from '#node/mailbox/kept-mails.ts';
import { start } from '#node/mailbox/start.ts';
import type { RunningProcess } from '#node/process.ts';
import { freePort } from '../../free-port.ts';
import { submit } from '../../gateway/submit.ts';

const MAIL = 'From: a@example.org\r\nSubject: folded\r\n subject\r\n\r\nhello\r\n';

describe('the mailbox', () => {
  const root = mkdtempSync(join(tmpdir(), 'sealgate-mailbox-'));
  const layout = layoutOf(root);
  let port = 0;
  let running: RunningProcess;
  let ipc: ReturnType<typeof ipcClient>;

  before(async () => {
    port = await freePort();
    const settings = settingsSchema.parse({ tryOut: true, mailboxPort: port });
    running = await start({ settings, layout, log: processLog('mailbox') });
    ipc = ipcClient(layout.mailboxSocket, tokenFileOf(layout.mailboxSocket));
  });
  after(async () => {
    ipc?.close();
    await running?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('shows what arrived, the newest first, and gives it back octet by octet', async () => {
    await submit(port, { from: 'a@example.org', to: ['b@elsewhere.example'], mail: MAIL });
    await submit(port, { from: '', to: ['c@elsewhere.example'], mail: MAIL.replace('folded', 'second') });
    const [second, first] = await ipc.call<KeptMail[]>('list', {});
    assert.deepEqual(
      [first?.sender, first?.recipients, first?.subject],
      ['a@example.org', ['b@elsewhere.example'], 'folded subject'],
    );
    assert.equal(second?.sender, null);
    const { raw } = await ipc.call<{ raw: Uint8Array }>('get', { id: first?.id });
    assert.equal(Buffer.from(raw).toString(), MAIL);
    const known = { authorities: [], openPgpKeys: [] };
    const reading = await ipc.call<{ text: string }>('open', { id: first?.id, known });
    assert.equal(reading.text, 'hello\n');
  });

  it('keeps nothing of it on disk', () => {
    assert.deepEqual(readdirSync(layout.mailbox).sort(), [
      'bob+pgp@partner.example.pgp',
      'bob@partner.example.cer',
      'openpgp-private.pgp',
      'smime-private.pem',
    ]);
  });

  it('forgets when it is told to, and says that a mail is gone', async () => {
    await ipc.call('clear', {});
    assert.deepEqual(await ipc.call('list', {}), []);
    await assert.rejects(ipc.call('get', { id: 'gone' }), { code: 'no-such-mail' });
  });
});

describe('kept mails', () => {
  it('are at most two hundred; the oldest go first', () => {
    const mails = keptMails();
    for (let i = 0; i < 205; i += 1) {
      mails.add({ atMs: i, sender: null, recipients: [], raw: Buffer.from(`Subject: ${i}\r\n\r\n`) });
    }
    const list = mails.list();
    assert.equal(list.length, 200);
    assert.equal(list[0]?.subject, '204');
    assert.equal(list.at(-1)?.subject, '5');
  });

  it('hold no more octets than there is room for', () => {
    const mails = keptMails();
    const raw = Buffer.alloc(100 * 1024 * 1024);
    for (let i = 0; i < 4; i += 1) mails.add({ atMs: i, sender: null, recipients: [], raw });
    assert.equal(mails.list().length, 2);
  });
});
