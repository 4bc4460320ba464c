/** The trace index: what the journals say about a mail, found by address, domain, id and state. */
import assert from 'node:assert/strict';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import pino from 'pino';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import { idOf, openTraceIndex, type TraceIndex } from '#node/web/trace-index.ts';
import type { MailTrace } from '#node/web/trace-model.ts';
import { traceOf } from '#node/web/trace-records.ts';
import { HELD_ID, journals, MAIL_ID, WAITING_ID, writeJournals } from './trace-fixture.ts';

const ALL = { search: '', state: null, before: null, limit: 10 };
const silent = pino({ level: 'silent' });

describe('the trace index', () => {
  let layout: Layout;
  let index: TraceIndex;
  const open = (): Promise<TraceIndex> =>
    openTraceIndex({ journals: layout.trace, index: join(layout.web, 'trace-index') }, silent);
  beforeEach(async () => {
    layout = layoutOf(await mkdtemp(join(tmpdir(), 'sealgate-trace-')));
    writeJournals(layout);
    index = await open();
  });
  afterEach(async () => {
    await index.close();
    await rm(layout.root, { recursive: true, force: true });
  });
  const found = async (over: Partial<typeof ALL>): Promise<string[]> =>
    (await index.find({ ...ALL, ...over })).moments.map(idOf);
  const storyOf = async (spoolId: string): Promise<MailTrace | null> => {
    const [known] = await index.parts([spoolId]);
    return known ? traceOf(spoolId, known.parts) : null;
  };

  it('lists mails newest first, a page at a time', async () => {
    assert.deepEqual(await found({}), [WAITING_ID, HELD_ID, MAIL_ID]);
    const first = await index.find({ ...ALL, limit: 2 });
    assert.deepEqual(await found({ before: first.next as never, limit: 2 }), [MAIL_ID]);
  });

  it('finds by the beginning of an address, by domain, by id and by state', async () => {
    assert.deepEqual(await found({ search: 'lea@' }), [MAIL_ID]);
    assert.deepEqual(await found({ search: 'ANNA@Example.org' }), [WAITING_ID, HELD_ID, MAIL_ID]);
    assert.deepEqual(await found({ search: '@old.example' }), [HELD_ID]);
    assert.deepEqual(await found({ search: HELD_ID }), [HELD_ID]);
    assert.deepEqual(await found({ search: 'nobody@' }), []);
    assert.deepEqual(await found({ state: 'held' as never }), [HELD_ID]);
    assert.deepEqual(await found({ state: 'in-line' as never }), [WAITING_ID]);
  });

  it('tells the whole story of one mail', async () => {
    const mail = await storyOf(MAIL_ID);
    assert.equal(mail?.state, 'sent');
    assert.equal(mail?.session?.tls, 'TLSv1.3 TLS_AES_256_GCM_SHA384');
    const lea = mail?.decision?.recipients.find((r) => r.recipient === 'lea@liberty.example');
    assert.deepEqual(
      lea?.copies[0]?.attempts.map((attempt) => attempt.outcome),
      ['deferred', 'delivered'],
    );
    assert.equal(await storyOf('no-such-mail'), null);
  });

  it('follows the journals while they grow and are rotated, and takes no line twice', async () => {
    const line = (n: number): string =>
      `${JSON.stringify({ ...journals.receive[0], spoolId: `new-${n}`, atMs: Date.now() + n })}\n`;
    const path = (age: number): string =>
      join(layout.trace, age === 0 ? 'receive.jsonl' : `receive.${age}.jsonl`);
    appendFileSync(path(0), line(1));
    assert.equal((await found({}))[0], 'new-1');
    appendFileSync(path(0), line(2) + line(3).slice(0, 40)); // Cut in the middle of a line.
    assert.equal((await found({}))[0], 'new-2');
    appendFileSync(path(0), line(3).slice(40));
    renameSync(path(0), path(1));
    writeFileSync(path(0), line(4));
    renameSync(path(1), path(2));
    renameSync(path(0), path(1));
    writeFileSync(path(0), line(5));
    assert.deepEqual((await found({})).slice(0, 5), ['new-5', 'new-4', 'new-3', 'new-2', 'new-1']);
  });

  it('goes on where it was after a restart, and is made again when it is lost', async () => {
    await found({});
    await index.close();
    appendFileSync(join(layout.trace, 'send.jsonl'), 'torn line without an e');
    index = await open();
    assert.equal((await storyOf(MAIL_ID))?.decision?.recipients[1]?.copies[0]?.attempts.length, 2);
    await index.close();
    await rm(layout.web, { recursive: true });
    index = await open();
    assert.deepEqual(await found({}), [WAITING_ID, HELD_ID, MAIL_ID]);
  });
});
