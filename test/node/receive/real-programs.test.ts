/** Real senders: swaks and Postfix's smtp-source, and large mails within a bounded memory. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type ChildReceive, childReceive, endAllChildren } from './child-receive.ts';
import { type SpoolFolder, spoolFolder } from './running-receive.ts';
import { SmtpTalk } from './smtp-talk.ts';

const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin` }; // Where Debian keeps smtp-source.
const run = (program: string, ...args: string[]): Promise<{ stdout: string }> => {
  return promisify(execFile)(program, args, { env, timeout: 60_000 });
};

describe('real senders', () => {
  let folder: SpoolFolder;
  let receive: ChildReceive;
  before(async () => {
    folder = spoolFolder();
    receive = await childReceive(folder);
  });
  after(async () => {
    await endAllChildren();
    folder.remove();
  });

  it('swaks, one by one and pipelined', async () => {
    const to = [
      '--server',
      `127.0.0.1:${receive.port}`,
      '--from',
      'a@sender.example',
      '--to',
      'b@ours.example,c@ours.example',
    ];
    for (const more of [[], ['--pipeline']]) {
      const { stdout } = await run('swaks', ...to, '--body', `body of swaks${more.length}`, ...more);
      assert.match(stdout, /250 2\.0\.0 Ok: queued as /);
      const mail = (await folder.mails()).at(-1)!;
      assert.ok(mail.octets.includes(`body of swaks${more.length}`));
      assert.equal(mail.header.envelope.recipients.length, 2);
    }
  });

  it('smtp-source, 20 sessions at once, connections kept and one a mail', async () => {
    const count = (): number => readdirSync(folder.layout.spoolReady).length;
    const from = count();
    const source = ['-s', '20', '-l', '10240', '-m', '200', '-f', 'a@sender.example', '-t', 'b@ours.example'];
    await run('smtp-source', '-d', ...source, `127.0.0.1:${receive.port}`);
    await run('smtp-source', ...source, `127.0.0.1:${receive.port}`);
    assert.equal(count() - from, 400);
  });

  it('eight mails of 50 MB at once do not stay in memory', async () => {
    const status = (): string => readFileSync(`/proc/${receive.pid}/status`, 'utf8');
    const memoryMb = (field: string): number =>
      Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status())![1]) / 1024;
    const before = memoryMb('VmRSS');
    const block = Buffer.from(`${randomBytes(570).toString('base64').replace(/.{76}/g, '$&\r\n')}`);
    const blocks = Math.ceil((50 * 1024 * 1024) / block.length);
    const digest = createHash('sha256').update('Subject: large\r\n\r\n');
    for (let i = 0; i < blocks; i += 1) digest.update(block);
    const wanted = digest.digest('hex');
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const talk = await SmtpTalk.greeted(receive.port);
        await talk.envelope('large@sender.example');
        talk.raw('Subject: large\r\n\r\n');
        for (let i = 0; i < blocks; i += 64) {
          const part = Buffer.concat(Array.from({ length: Math.min(64, blocks - i) }, () => block));
          if (!talk.socket.write(part)) await new Promise((resolve) => talk.socket.once('drain', resolve));
        }
        talk.raw('.\r\n');
        await talk.expect(250, 120_000);
        talk.close();
      }),
    );
    assert.ok(memoryMb('VmHWM') - before < 150, `${before} MB, at most ${memoryMb('VmHWM')} MB`);
    let found = 0;
    for (const name of readdirSync(folder.layout.spoolReady)) {
      const { header, octets } = await folder.mail(name); // One at a time, for the memory of this process.
      if (header.envelope.sender !== 'large@sender.example') continue;
      const own = octets.subarray(octets.indexOf('Subject: large'));
      assert.equal(createHash('sha256').update(own).digest('hex'), wanted);
      found += 1;
    }
    assert.equal(found, 8);
  });
});
