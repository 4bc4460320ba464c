/** What the disk and the kernel may do to a writer: SIGKILL, failing syncs, a full disk; watched by strace. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { all, draft, openLog, removeFolder, scratchFolder } from './scratch-log.ts';

const CHILD = fileURLToPath(new URL('./child-append.ts', import.meta.url));
const KILLS = 20;

interface Acknowledged {
  readonly position: bigint;
  readonly id: string;
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await scratchFolder();
  try {
    await run(folder);
  } finally {
    await removeFolder(folder);
  }
}

function acknowledged(lines: readonly string[]): Acknowledged[] {
  return lines
    .filter((line) => line.startsWith('ack '))
    .map((line) => {
      const [, , position, id] = line.split(' ');
      return { position: BigInt(position!), id: id! };
    });
}

function startChild(command: readonly string[], onLine: (line: string) => void): ChildProcess {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    // strace counts the calls of each thread; with one thread in the pool it counts all of LevelDB's.
    env: command[0] === 'strace' ? { ...process.env, UV_THREADPOOL_SIZE: '1' } : process.env,
  });
  createInterface({ input: child.stdout! }).on('line', onLine);
  child.stderr!.resume();
  return child;
}

/** Runs a writer under strace to its end; what it said, and what strace saw. */
async function traced(
  folder: string,
  traceOptions: readonly string[],
  count: number,
): Promise<{ lines: string[]; trace: string }> {
  const lines: string[] = [];
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'trace');
  const strace = ['strace', '-f', '-y', '-o', file, ...traceOptions];
  const child = startChild([...strace, process.execPath, CHILD, folder, 'one', String(count)], (line) =>
    lines.push(line),
  );
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0);
  return { lines, trace: await readFile(file, 'utf8') };
}

/** The log is whole and holds what was acknowledged, where it was told; how many events there are. */
async function assertHolds(folder: string, promised: readonly Acknowledged[]): Promise<number> {
  const log = await openLog(folder);
  try {
    assert.equal(log.status().reason, '');
    const { damage } = await log.scrub({ unhurried: false });
    assert.equal(damage, null);
    const ids = (await all(log.read(1n))).map((e) => e.id);
    for (const { position, id } of promised) assert.equal(ids[Number(position) - 1], id, `event ${position}`);
    return ids.length;
  } finally {
    await log.close();
  }
}

describe('a writer killed at any moment (R1)', () => {
  it(`has every acknowledged event on disk, ${KILLS} times`, () =>
    inFolder(async (folder) => {
      const promised: Acknowledged[] = [];
      for (let round = 0; round < KILLS; round++) {
        const lines: string[] = [];
        // At another acknowledgement each time, so at another place in the write of the next group.
        const killAt = 1 + ((round * 37) % 90);
        let seen = 0;
        const child = startChild([process.execPath, CHILD, folder, 'many'], (line) => {
          lines.push(line);
          if (line.startsWith('ack ') && ++seen === killAt) child.kill('SIGKILL');
        });
        await once(child, 'close');
        assert.match(lines[0]!, /^open /);
        promised.push(...acknowledged(lines));
        if (round % 5 === 4) await assertHolds(folder, promised);
      }
      assert.ok(promised.length >= KILLS);
      assert.ok((await assertHolds(folder, promised)) >= promised.length);
    }));
});

describe('an acknowledgement', () => {
  it('comes after LevelDB and the head file were synced (strace)', () =>
    inFolder(async (folder) => {
      const { lines, trace } = await traced(folder, ['-e', 'trace=fdatasync,fsync,write'], 20);
      assert.equal(acknowledged(lines).length, 20);
      for (let n = 1; n <= 20; n++) {
        const call = trace.indexOf(`"call ${n}\\n"`);
        const ack = trace.indexOf(`"ack ${n} `);
        assert.ok(call >= 0 && ack > call);
        const between = trace.slice(call, ack);
        assert.match(between, /f(data)?sync\(\d+<[^>]*\/log\/\d+\.log>/, `LevelDB, append ${n}`);
        assert.match(between, /f(data)?sync\(\d+<[^>]*\/head>/, `head file, append ${n}`);
        assert.doesNotMatch(between, /f(data)?sync\(.*= -1/);
      }
    }));
});

describe('a disk that fails', () => {
  it('stops the log at the first failed sync (EIO): an error, no retry, told by status (R3)', () =>
    inFolder(async (folder) => {
      // LevelDB's first write-ahead log is number 3.
      for (const path of ['log/000003.log', 'head']) {
        const where = join(folder, path.replace('/', '-'));
        const inject = ['-P', join(where, path), '-e', 'inject=fdatasync,fsync:error=EIO:when=6+'];
        const { lines, trace } = await traced(where, inject, 20);
        const done = acknowledged(lines);
        const failures = lines.filter((line) => line.startsWith('fail ')).map((line) => line.split(' ')[2]);
        assert.ok(done.length >= 4 && done.length < 20, path);
        assert.equal(failures.length, 20 - done.length);
        assert.equal(failures[0], 'unresolved');
        assert.ok(failures.slice(1).every((code) => code === 'log-damaged'));
        assert.match(
          lines.at(-1)!,
          new RegExp(`^status false ${done.length} the disk of the event log failed`),
        );
        assert.equal((trace.match(/= -1 EIO/g) ?? []).length, 1, 'never tried again');
        const held = await assertHolds(where, done);
        assert.ok(held === done.length || held === done.length + 1, 'the unresolved one, or not');
      }
    }));

  it('that is full gives an error and no part of an event, and is left behind without a restart (R4)', () =>
    inFolder(async (folder) => {
      const where = join(folder, 'x');
      const inject = ['-P', join(where, 'log/000003.log'), '-e', 'inject=write:error=ENOSPC:when=8..9'];
      const { lines } = await traced(where, inject, 20);
      const done = acknowledged(lines);
      const failures = lines.filter((line) => line.startsWith('fail '));
      assert.ok(failures.length >= 1 && failures.length <= 2, lines.join('\n'));
      assert.match(failures[0]!, /unresolved/);
      assert.equal(done.length, 20 - failures.length);
      assert.match(lines.at(-1)!, /^status true /);
      await assertHolds(where, done);
    }));

  it('that is nearly full refuses before anything is written', () =>
    inFolder(async (folder) => {
      const log = await openLog(folder, { freeBytesMin: Number.MAX_SAFE_INTEGER });
      try {
        await assert.rejects(log.append([draft('thing/1')], { expect: 'any' }), { code: 'quota-full' });
        await assert.rejects(log.vault.put('x', Buffer.from('y')), { code: 'quota-full' });
        assert.equal(log.status().localHead, 0n);
      } finally {
        await log.close();
      }
    }));
});
