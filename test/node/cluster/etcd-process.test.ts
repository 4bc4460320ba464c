/** A member outlives the gateway that started it, and is found again (requirement 16); with a real etcd. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type EtcdCommand,
  ensureEtcd,
  lastWords,
  runningEtcd,
  stopEtcd,
} from '#node/cluster/etcd-process.ts';
import { ETCD } from '../../consensus/etcd/etcd-members.ts';
import { freePort } from '../../free-port.ts';
import { until } from '../../gateway/until.ts';

const GRACE_MS = 10_000;

describe('the process of a member', () => {
  let folder: string;
  let command: EtcdCommand;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sealgate-member-'));
    const [client, peer] = (await Promise.all([freePort(), freePort()])).map(
      (port) => `http://127.0.0.1:${port}`,
    ) as [string, string];
    command = {
      binary: ETCD,
      line: [
        ...['--data-dir', join(folder, 'data'), '--logger', 'zap', '--log-outputs', 'stderr'],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', `default=${peer}`],
      ],
      environment: {},
      folder: join(folder, 'run'),
    };
  });
  after(async () => {
    await stopEtcd(command.folder, GRACE_MS);
    rmSync(folder, { recursive: true, force: true });
  });
  const log = (): string => readFileSync(join(command.folder, 'etcd.log'), 'utf8');
  const leads = (): Promise<void> => until(() => log().includes('became leader'), 60_000, log);

  it('lives on when the gateway that started it is killed, and the next one adopts it', async () => {
    const gateway = spawn(
      process.execPath,
      [join(import.meta.dirname, 'child-gateway.ts'), JSON.stringify(command)],
      {
        stdio: 'ignore',
      },
    );
    const died = new Promise((resolve) => gateway.once('exit', resolve));
    await until(
      () => runningEtcd(command.folder) !== null,
      60_000,
      () => 'not started',
    );
    gateway.kill('SIGKILL');
    await died;
    const pid = runningEtcd(command.folder);
    await leads();
    assert.deepEqual(await ensureEtcd(command), { pid, adopted: true });
    assert.equal(statSync(command.folder).mode & 0o777, 0o700);
  });

  it('has nothing of the gateway: no group, no environment, no open files', () => {
    const pid = runningEtcd(command.folder)!;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, , group, session] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    assert.deepEqual([group, session], [pid, pid]);
    assert.equal(readFileSync(`/proc/${pid}/environ`, 'utf8'), '');
  });

  it('says what is in its way when it ends at once', async () => {
    const folder2 = join(folder, 'second');
    const line = command.line.map((word) => (word === join(folder, 'data') ? join(folder, 'data2') : word));
    await ensureEtcd({ ...command, line, folder: folder2 });
    await until(
      () => runningEtcd(folder2) === null,
      60_000,
      () => lastWords(folder2),
    );
    assert.match(lastWords(folder2), /address already in use/);
    assert.ok(!lastWords(folder2).includes('{'));
  });

  it('ends when it is asked to, and a new one is started', async () => {
    const before = runningEtcd(command.folder);
    assert.equal(await stopEtcd(command.folder, GRACE_MS), true);
    assert.equal(runningEtcd(command.folder), null);
    assert.equal(await stopEtcd(command.folder, GRACE_MS), false);
    const { pid, adopted } = await ensureEtcd(command);
    assert.equal(adopted, false);
    assert.notEqual(pid, before);
  });

  it('is not mistaken for another process that has its id now', async () => {
    const pid = runningEtcd(command.folder)!;
    const file = join(command.folder, 'etcd.pid');
    const held = readFileSync(file, 'utf8');
    writeFileSync(file, `${pid} 1\n`);
    assert.equal(runningEtcd(command.folder), null);
    writeFileSync(file, held);
    assert.equal(runningEtcd(command.folder), pid);
  });

  it('fails with the reason when there is no such program', async () => {
    const none = { ...command, binary: '/nonexistent/etcd', folder: join(folder, 'none') };
    await assert.rejects(ensureEtcd(none), { code: 'ENOENT' });
    assert.equal(runningEtcd(none.folder), null);
  });
});
