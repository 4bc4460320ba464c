import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { layoutOf } from '#node/config/layout.ts';
import { settingsSchema } from '#node/config/settings.ts';
import { type IpcClient, ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import { type KeptMail, keptMails } from '#node/mailbox/kept-mails.ts';
import { start } from '#node/mailbox/start.ts';
import type { RunningProcess } from '#node/process.ts';
import { freePort } from '../send/real-servers.ts';
import { empty, type RunningSend, routeTo, runningSend } from '../send/running-send.ts';

describe('the mails that the mailbox keeps', () => {
  const mail = (n: number, bytes = 10) => ({
    atMs: n,
    sender: null,
    recipients: ['a@x.example'],
    raw: Buffer.concat([Buffer.from(`Subject: ${n}\r\n\r\n`), Buffer.alloc(bytes)]),
  });

  it('are the last 200, newest first', () => {
    const kept = keptMails();
    for (let n = 0; n < 250; n++) kept.add(mail(n));
    const subjects = kept.list().map((one) => one.subject);
    assert.equal(subjects.length, 200);
    assert.deepEqual([subjects[0], subjects.at(-1)], ['249', '50']);
  });

  it('are fewer when they are large', () => {
    const kept = keptMails();
    for (let n = 0; n < 6; n++) kept.add(mail(n, 60 * 1024 * 1024));
    assert.deepEqual(
      kept.list().map((one) => one.subject),
      ['5', '4', '3', '2'],
    );
  });

  it('show their folded subject, found in the header only', () => {
    const kept = keptMails();
    const add = (text: string): string => {
      kept.add({ atMs: 0, sender: null, recipients: [], raw: Buffer.from(text) });
      return kept.list()[0]?.subject ?? '?';
    };
    assert.equal(add('From: a\r\nsubject: one\r\n two\r\nTo: b\r\n\r\nSubject: body\r\n'), 'one two');
    assert.equal(add('From: a\r\n\r\nSubject: body\r\n'), '');
  });
});

describe('the mailbox of the try-out', () => {
  const root = mkdtempSync(join(tmpdir(), 'sealgate-mailbox-'));
  const layout = layoutOf(root);
  let mailbox: RunningProcess;
  let client: IpcClient;
  let send: RunningSend;

  before(async () => {
    const mailboxPort = await freePort();
    const settings = settingsSchema.parse({ tryOut: true, mailboxPort, data: root });
    mailbox = await start({ settings, layout, log: pino({ level: 'silent' }) });
    client = ipcClient(layout.mailboxSocket, tokenFileOf(layout.mailboxSocket));
    send = await runningSend([routeTo(mailboxPort)]);
  });
  after(async () => {
    client.close();
    await send.stop();
    send.remove();
    await mailbox.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('gets what the gateway sends, and shows it as it arrived', async () => {
    const raw = 'Subject: seen\r\n\r\n.dot\r\n';
    await send.queue({ raw, recipients: ['a@x.example', 'b@x.example'] });
    await send.queue({ sender: null });
    await empty(send);
    const list = await client.call<KeptMail[]>('list', {});
    assert.equal(list.length, 2);
    const seen = list.find((mail) => mail.subject === 'seen');
    assert.deepEqual(seen?.recipients, ['a@x.example', 'b@x.example']);
    assert.equal(seen?.sender, 'ann@inside.example');
    assert.equal(list.find((mail) => mail.subject !== 'seen')?.sender, null);
    const got = await client.call<{ raw: Uint8Array }>('get', { id: seen?.id });
    assert.equal(Buffer.from(got.raw).toString(), raw);
    await assert.rejects(client.call('get', { id: 'other' }), { code: 'no-such-mail' });
    await client.call('clear', {});
    assert.deepEqual(await client.call('list', {}), []);
  });
});
