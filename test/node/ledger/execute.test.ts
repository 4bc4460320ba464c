/** Executing a command over the real log: conflicts, repetitions, refusals. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LogError } from '#consensus/event-log.ts';
import type { LevelEventLog } from '#consensus/level-event-log.ts';
import { type MailDomainCommand, mailDomainDecider, mailDomainStream } from '#domain/people/mail-domain.ts';
import { execute, RETRIES_MAX } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { all, openLog, removeFolder, scratchFolder } from '../../consensus/scratch-log.ts';

let folder: string;
let log: LevelEventLog;
let ledger: Pick<LedgerPort, 'readStream' | 'append'>;
before(async () => {
  folder = await scratchFolder();
  log = await openLog(folder);
  ledger = {
    readStream: (stream) => all(log.readStream(stream)),
    append: (batch, expect) => log.append(batch, { expect }),
  };
});
after(async () => {
  await log.close();
  await removeFolder(folder);
});

const settings = { enrolAtFirstNeed: true, certificatesPerPerson: 'two', language: 'en' } as const;
const meta = (requestId: string) => ({ requestId, actor: 'operator/ada', reason: 'because', atMs: 5 });
const add = (domain: string): MailDomainCommand => ({ type: 'AddMailDomain', domain, settings, at: 5 });
const run = (domain: string, command: MailDomainCommand, requestId: string, over = ledger) =>
  execute(over, mailDomainDecider, mailDomainStream(domain), command, meta(requestId));

describe('a command', () => {
  it('is recorded with who, why and when', async () => {
    const done = await run('a.example', add('a.example'), 'r1');
    assert.equal(done.kind === 'done' && done.version, 1);
    assert.equal(done.kind === 'done' && done.state.status, 'ours');
    const [event] = await ledger.readStream('mail-domain/a.example');
    assert.deepEqual(
      [event!.kind, event!.actor, event!.reason, event!.atMs, event!.schema],
      ['MailDomainAdded', 'operator/ada', 'because', 5, 1],
    );
  });
  it('that is refused records nothing, and the refusal is a value', async () => {
    assert.deepEqual(await run('a.example', add('a.example'), 'r2'), {
      kind: 'refused',
      refusal: 'already-ours',
    });
    assert.equal((await ledger.readStream('mail-domain/a.example')).length, 1);
  });
  it('repeated with its request id is done, not refused, and recorded once', async () => {
    const again = await run('a.example', add('a.example'), 'r1');
    assert.deepEqual(again.kind === 'done' && [again.events.length, again.version], [0, 1]);
  });
  it('that changes nothing records nothing', async () => {
    const done = await run('a.example', { type: 'ChangeMailDomain', settings, at: 6 }, 'r3');
    assert.deepEqual(done.kind === 'done' && [done.events.length, done.version], [0, 1]);
  });
  it('that lost a race is decided again on the new state', async () => {
    const results = await Promise.all(
      [1, 2, 3, 4].map((i) => run('b.example', add('b.example'), `race-${i}`)),
    );
    assert.equal(results.filter((r) => r.kind === 'done').length, 1);
    assert.equal(results.filter((r) => r.kind === 'refused' && r.refusal === 'already-ours').length, 3);
  });
  it('that always loses gives up with the log’s error', async () => {
    let appends = 0;
    const contested = {
      readStream: ledger.readStream,
      append: async () => {
        appends += 1;
        throw new LogError('version-conflict', 'someone was first');
      },
    };
    await assert.rejects(run('c.example', add('c.example'), 'r5', contested), { code: 'version-conflict' });
    assert.equal(appends, RETRIES_MAX + 1);
  });
  it('whose answer got lost is asked for again', async () => {
    let lost = true;
    const forgetful = {
      readStream: ledger.readStream,
      append: async (...args: Parameters<LedgerPort['append']>) => {
        const appended = await ledger.append(...args);
        if (!lost) return appended;
        lost = false;
        throw new LogError('unresolved', 'lost');
      },
    };
    assert.equal((await run('d.example', add('d.example'), 'r6', forgetful)).kind, 'done');
    assert.equal((await ledger.readStream('mail-domain/d.example')).length, 1);
  });
});
