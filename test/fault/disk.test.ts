/** R3 and R4 (targets.md) on the running gateway: a sync of the spool fails, the file system fills up. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { type Gateway, runGateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { childrenOf } from './process-tree.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';

const alice = 'alice@example.org';
const WAIT_MS = 30_000;
const DISK_MB = 160; // The log, its write buffers and some large mails.

let gateway: Gateway | null = null;
let folder = '';
let disk: SmallDisk | null = null;
let tracer: ChildProcess | null = null;

afterEach(async () => {
  tracer?.kill('SIGKILL');
  tracer = null;
  await gateway?.remove();
  gateway = null;
  disk?.remove();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
  disk = null;
});

const mailOf = (id: string, octets = 200): string =>
  `From: someone@sender.example\r\nTo: ${alice}\r\nSubject: ${id}\r\nMessage-ID: <${id}@fault.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(octets / 72)}`;

async function replyTo(running: Gateway, id: string, octets?: number): Promise<string> {
  const mail = { from: 'someone@sender.example', to: [alice], mail: mailOf(id, octets) };
  return submit(running.outsidePort, mail).catch(
    (error: { response?: string }) => error.response ?? 'closed',
  );
}

const arrived = (running: Gateway, id: string) =>
  running.arrival(alice, (mail) => mail.text.includes(`<${id}@fault.example>`));

/** A mail domain that was just added reaches the listener a moment later. */
const accepted = (running: Gateway, id: string): Promise<void> =>
  until(
    async () => (await replyTo(running, id)).startsWith('250 '),
    WAIT_MS,
    () => `${id} not accepted\n${running.output()}`,
  );

async function isReady(running: Gateway): Promise<boolean> {
  return (await fetch(`${running.webUrl}/readyz`)).status === 200;
}

describe('R3: a sync of the spool fails', () => {
  it('4xx from then on, health red, what was accepted is delivered; a restart after looking goes on', async () => {
    const running = await runGateway();
    gateway = running;
    await running.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
    await accepted(running, 'before');
    await arrived(running, 'before');
    await until(
      () => isReady(running),
      WAIT_MS,
      () => 'not ready at first',
    );
    const receive = childrenOf(running.process().pid ?? 0).find(({ name }) => name === 'receive');
    assert.ok(receive);
    const syncs = 'fsync,fdatasync,pwrite64,pwritev,sync_file_range';
    tracer = spawn(
      'strace',
      [
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-p',
        String(receive.pid),
        '-e',
        `trace=${syncs}`,
        '-e',
        'inject=fsync,fdatasync,pwrite64:error=EIO',
      ],
      { stdio: 'ignore' },
    );
    await until(
      async () => !(await replyTo(running, `during-${performance.now()}`)).startsWith('250'),
      WAIT_MS,
      () => 'still accepted',
    );
    assert.match(await replyTo(running, 'refused'), /^4\d\d /);
    await until(
      async () => !(await isReady(running)),
      WAIT_MS,
      () => 'health is not red',
    );
    tracer.kill('SIGTERM');
    assert.match(await replyTo(running, 'still-refused'), /^4\d\d /, 'no silent retry');
    await running.stop();
    await running.start();
    await accepted(running, 'after');
    await arrived(running, 'after');
  });
});

describe('R4: the file system of the data folder is full', () => {
  it('452 4.3.1, nothing partial, the gateway lives, and it goes on by itself when there is room', async () => {
    folder = mkdtempSync(join(tmpdir(), 'sealgate-disk-'));
    disk = smallDisk(folder, DISK_MB);
    const running = await runGateway({ receive: { freeBytesMin: 1024 * 1024 } }, disk.mount);
    gateway = running;
    await running.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
    await accepted(running, 'before');
    await arrived(running, 'before');
    disk.fill();
    assert.match(await replyTo(running, 'small'), /^452 4\.3\.1 /);
    assert.match(await replyTo(running, 'large', 20_000_000), /^452 4\.3\.1 /);
    assert.deepEqual(readdirSync(running.layout.spoolIncoming), []);
    disk.empty();
    await accepted(running, 'after');
    assert.match(await replyTo(running, 'large-after', 5_000_000), /^250 /);
    await arrived(running, 'after');
    assert.doesNotMatch(running.output(), /"process":"receive".*process ended/);
  });
});
