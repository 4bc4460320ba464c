/**
 * Faults under the spool (targets.md R1, R3, R4): kills, failing syncs, a full disk. The process runs as in production,
 * a program of its own under the permission model; each mail carries an id, and every 250 is looked for afterwards.
 *
 * SEALGATE_FAULT_RUNS sets how many kills (default 8).
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ChildReceive, childReceive, endAllChildren } from '../node/receive/child-receive.ts';
import { type SpoolFolder, spoolFolder } from '../node/receive/running-receive.ts';
import { SmtpTalk } from '../node/receive/smtp-talk.ts';

const RUNS = Number(process.env.SEALGATE_FAULT_RUNS ?? 8);
const CONNECTIONS = 8;

/** What is said to strace: faults only, nothing is written. */
const strace = (...rules: string[]): string[] => [
  'strace',
  '-f',
  '-qq',
  '-o',
  '/dev/null',
  '-e',
  'trace=fsync,fdatasync,write,pwrite64',
  ...rules.flatMap((rule) => ['-e', `inject=${rule}`]),
];

after(endAllChildren);

async function send(talk: SmtpTalk, id: string, bodyBytes = 200): Promise<string | null> {
  talk.raw('MAIL FROM:<a@sender.example>\r\nRCPT TO:<b@ours.example>\r\nDATA\r\n');
  for (let i = 0; i < 3; i += 1) {
    const answer = await talk.answer();
    if (answer === null || answer.code >= 400) return answer?.lines[0] ?? null;
  }
  talk.raw(`X-Id: ${id}\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(bodyBytes / 100)}.\r\n`);
  return (await talk.answer())?.lines[0] ?? null;
}

/** Sends over several connections until the process is gone; gives the ids of all mails that were answered 250. */
async function load(receive: ChildReceive, run: number, onAck: (count: number) => void): Promise<string[]> {
  const acknowledged: string[] = [];
  const connections = Array.from({ length: CONNECTIONS }, async (_, connection) => {
    const talk = await SmtpTalk.greeted(receive.port);
    for (let n = 0; ; n += 1) {
      const id = `<${run}-${connection}-${n}>`;
      const answer = await send(talk, id, n % 10 === 9 ? 400_000 : 200);
      if (!answer?.startsWith('250')) break;
      acknowledged.push(id);
      onAck(acknowledged.length);
    }
    talk.close();
  });
  await Promise.allSettled(connections);
  await receive.gone;
  return acknowledged;
}

describe('R1: receive is killed', () => {
  let folder: SpoolFolder;
  before(() => {
    folder = spoolFolder();
  });
  after(() => folder.remove());

  const idsSpooled = async (): Promise<Set<string>> => {
    const mails = await folder.mails(); // Throws when one of them cannot be read whole.
    return new Set(mails.map(({ octets }) => /X-Id: (\S+)/.exec(octets.subarray(0, 2000).toString())![1]!));
  };

  it(`at any moment of ${RUNS} runs: every mail that got 250 is there, whole`, async () => {
    const acknowledged: string[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const receive = await childReceive(folder);
      const killAt = 1 + ((run * 17) % 60);
      acknowledged.push(
        ...(await load(receive, run, (count) => {
          if (count === killAt) void receive.end('SIGKILL');
        })),
      );
    }
    const spooled = await idsSpooled();
    assert.deepEqual(
      acknowledged.filter((id) => !spooled.has(id)),
      [],
    );
    assert.ok(acknowledged.length >= RUNS);
    const receive = await childReceive(folder);
    assert.deepEqual(
      readdirSync(folder.layout.spoolIncoming),
      [],
      'what was unfinished is removed at the start',
    );
    await receive.end('SIGTERM');
  });

  it(`exactly at a sync, in ${RUNS} runs`, async () => {
    const acknowledged: string[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const which = ['pwrite64', 'fsync', 'fdatasync'][run % 3];
      const rule = `${which}:signal=SIGKILL:when=${1 + Math.floor(run / 3)}`;
      const receive = await childReceive(folder, { before: strace(rule), threads: 4 });
      acknowledged.push(...(await load(receive, 1000 + run, () => {})));
    }
    const spooled = await idsSpooled();
    assert.deepEqual(
      acknowledged.filter((id) => !spooled.has(id)),
      [],
    );
  });
});

describe('R3: a sync fails', () => {
  for (const which of ['pwrite64', 'fdatasync', 'fsync']) {
    it(`${which}: nothing more is accepted, loudly, until someone has looked`, async () => {
      const folder = spoolFolder();
      const rule = `${which}:error=EIO:when=2`; // The third one would succeed: it must not be believed.
      const receive = await childReceive(folder, { before: strace(rule), threads: 1 });
      const talk = await SmtpTalk.greeted(receive.port);
      const other = await SmtpTalk.greeted(receive.port);
      await other.envelope();
      const bodyBytes = which === 'fdatasync' ? 400_000 : 200; // Only a mail that streamed is synced by it.
      assert.match((await send(talk, 'first', bodyBytes))!, /^250 /);
      assert.match((await send(talk, 'second', bodyBytes))!, /^451 4\.3\.0 /);
      await talk.says('MAIL FROM:<a@sender.example>', '451 4.3.0');
      other.raw('X-Id: other\r\n\r\n.\r\n');
      await other.expect('451 4.3.0');
      const late = await SmtpTalk.to(receive.port);
      await late.expect('421 4.3.2');
      assert.equal((await folder.mails()).length, 1);
      assert.deepEqual(readdirSync(folder.layout.spoolIncoming), []);
      assert.ok(
        receive.log.some((line) => line.includes('"level":60') && line.includes('spool sync failed')),
      );
      const state = JSON.parse(readFileSync(join(folder.layout.trace, 'receive.state.json'), 'utf8'));
      assert.equal(state.state, 'broken');
      for (const session of [talk, other, late]) session.close();
      await receive.end('SIGTERM');
      folder.remove();
    });
  }
});

describe('R4: no space', () => {
  it('ENOSPC from a write: 452 4.3.1, nothing partial, and it goes on', async () => {
    const folder = spoolFolder();
    const receive = await childReceive(folder, {
      before: strace('pwrite64:error=ENOSPC:when=3'),
      threads: 1,
    });
    const talk = await SmtpTalk.greeted(receive.port);
    const answers: string[] = [];
    for (let i = 0; i < 6; i += 1) answers.push((await send(talk, `m${i}`))!.slice(0, 9));
    assert.equal(answers.filter((answer) => answer === '452 4.3.1').length, 1);
    assert.equal(answers.filter((answer) => answer.startsWith('250')).length, 5);
    assert.equal((await folder.mails()).length, 5);
    assert.deepEqual(readdirSync(folder.layout.spoolIncoming), []);
    talk.close();
    await receive.end('SIGTERM');
    folder.remove();
  });

  it('a full file system: 452 4.3.1, nothing partial, recovers without a restart', async (t) => {
    const disk = smallDisk();
    if (disk === null) {
      t.skip('loop devices cannot be mounted here');
      return;
    }
    try {
      const folder = spoolFolder(disk.path);
      const filler = join(disk.path, 'filler');
      const receive = await childReceive(folder);
      const talk = await SmtpTalk.greeted(receive.port);
      assert.match((await send(talk, 'small'))!, /^250 /);
      fill(filler);
      assert.match((await send(talk, 'large', 5_000_000))!, /^452 4\.3\.1 /);
      assert.match((await send(talk, 'small again', 100_000))!, /^452 4\.3\.1 /);
      assert.deepEqual(readdirSync(folder.layout.spoolIncoming), []);
      rmSync(filler);
      assert.match((await send(talk, 'large', 5_000_000))!, /^250 /);
      assert.equal((await folder.mails()).length, 2);
      talk.close();
      await receive.end('SIGTERM');
    } finally {
      disk.remove();
    }
  });

  it('less than the reserve: refused at MAIL, before anything is sent', async () => {
    const folder = spoolFolder();
    const receive = await childReceive(folder, { freeBytesMin: Number.MAX_SAFE_INTEGER });
    const talk = await SmtpTalk.greeted(receive.port);
    await talk.says('MAIL FROM:<a@sender.example>', '452 4.3.1');
    talk.close();
    await receive.end('SIGTERM');
    folder.remove();
  });
});

describe('the spool in clear', () => {
  it('shows nothing of a mail or its envelope', async () => {
    const folder = spoolFolder();
    const receive = await childReceive(folder);
    const talk = await SmtpTalk.greeted(receive.port);
    for (const repeats of [1, 50_000]) {
      await talk.envelope('canary-sender@sender.example', 'canary-recipient@ours.example');
      talk.raw(`Subject: canary-subject\r\n\r\n${'canary-body\r\n'.repeat(repeats)}.\r\n`);
      await talk.expect(250);
    }
    await talk.envelope();
    talk.raw(`Subject: canary-subject\r\n\r\n${'canary-body\r\n'.repeat(50_000)}`); // Streams, never ends.
    while (readdirSync(folder.layout.spoolIncoming).length === 0) await new Promise(setImmediate);
    const files = readdirSync(join(folder.root, 'spool'), { recursive: true, withFileTypes: true });
    const contents = files.filter((f) => f.isFile()).map((f) => readFileSync(join(f.parentPath, f.name)));
    assert.ok(contents.length >= 5);
    for (const content of contents) assert.ok(!content.includes('canary'));
    assert.ok(!receive.log.join('').includes('canary'));
    talk.close();
    await receive.end('SIGTERM');
    folder.remove();
  });
});

/** An ext4 of 64 MB in a file; null where that is not allowed. */
function smallDisk(): { path: string; remove(): void } | null {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-disk-'));
  const image = join(folder, 'image');
  const path = join(folder, 'mount');
  mkdirSync(path);
  writeFileSync(image, '');
  const run = (command: string, ...args: string[]): void => {
    execFileSync(command, args, { stdio: 'ignore' });
  };
  try {
    run('truncate', '-s', '64M', image);
    run('/sbin/mke2fs', '-q', '-t', 'ext4', '-m', '0', '-F', image);
    run('mount', '-o', 'loop', image, path);
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  return {
    path,
    remove() {
      run('umount', path);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Takes all the space, block by block at the end. */
function fill(path: string): void {
  for (const bytes of [1024 * 1024, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a', flush: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
