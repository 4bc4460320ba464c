/** The search in the traces of all gateways: merged by time, page by page, with who answered and who did not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AllTraces, type AskGateways, allTraces, type GatewayAnswer } from '#node/web/all-traces.ts';
import { momentOf } from '#node/web/trace-index.ts';
import type { MailState } from '#node/web/trace-model.ts';
import type { TraceAnswerSource } from '#node/web/trace-question.ts';
import { type MailParts, NO_PARTS, readTraceLine, traceOf, withRecord } from '#node/web/trace-records.ts';
import { journals, MAIL_ID } from './trace-fixture.ts';

type Mails = Readonly<Record<string, MailParts>>;

const START = Date.UTC(2026, 10, 23, 9, 0);
const received = (spoolId: string, atMs: number): MailParts =>
  partsOf('receive', { ...journals.receive[0]!, spoolId, atMs });

function partsOf(journal: 'receive' | 'protect' | 'send', record: object, before = NO_PARTS): MailParts {
  const read = readTraceLine(journal, JSON.stringify(record));
  assert.ok(read);
  return withRecord(before, read);
}

/** What a gateway answers from these mails. */
function source(of: string | null, mails: Mails, question: Parameters<AskGateways>[0]): TraceAnswerSource {
  if (question.ask === 'parts') {
    const known = question.spoolIds.flatMap((spoolId) =>
      mails[spoolId] ? [{ spoolId, parts: mails[spoolId] }] : [],
    );
    return { of, moments: [], next: null, mails: known };
  }
  const { state, before, limit } = question;
  const fits = Object.entries(mails)
    .filter(([id, parts]) => state === null || traceOf(id, parts).state === state)
    .map(([id, parts]) => momentOf(parts, id))
    .filter((moment) => before === null || moment < before)
    .sort()
    .reverse();
  const moments = fits.slice(0, limit);
  return { of, moments, next: fits.length > limit ? moments.at(-1)! : null, mails: [] };
}

interface World {
  readonly [name: string]: { readonly own: Mails; readonly copies?: Readonly<Record<string, Mails>> } | null;
}

const nodeOf = (name: string): string => `${name}-0000000a`;

function tracesOf(world: World): AllTraces {
  return allTraces(async (question) =>
    Object.entries(world).map(([name, gateway]): GatewayAnswer => {
      if (gateway === null) return { node: nodeOf(name), name, sources: null };
      const copies = Object.entries(gateway.copies ?? {});
      return {
        node: nodeOf(name),
        name,
        sources: [
          source(null, gateway.own, question),
          ...copies.map(([of, mails]) => source(nodeOf(of), mails, question)),
        ],
      };
    }),
  );
}

const ALL = { search: '', state: null as MailState | null, before: null as string | null, limit: 3 };

/** All pages, one after the other. */
async function walk(traces: AllTraces, state: MailState | null = null): Promise<string[]> {
  const ids: string[] = [];
  for (let before: string | null = null; ; ) {
    const { rows, next } = await traces.search({ ...ALL, state, before });
    ids.push(...rows.map(({ spoolId }) => spoolId));
    if (next === null) return ids;
    assert.ok(before === null || next < before, 'no page goes back');
    before = next;
  }
}

describe('a search over all gateways', () => {
  it('merges by time, page by page, and leaves nothing out', async () => {
    const [one, two]: Record<string, MailParts>[] = [{}, {}];
    const all: string[] = [];
    for (let n = 0; n < 20; n++) {
      const id = `mail-${String(n).padStart(2, '0')}`;
      // Unequal shares: the page of the busier gateway ends earlier.
      (n % 5 === 0 ? two : one)[id] = received(id, START + n * 1000);
      all.unshift(id);
    }
    const traces = tracesOf({ 'gw-1': { own: one }, 'gw-2': { own: two } });
    assert.deepEqual(await walk(traces), all);
    const { rows, silent } = await traces.search({ ...ALL, limit: 100 });
    assert.deepEqual(
      rows.map(({ gateways }) => gateways[0]?.name),
      all.map((id) => (Number(id.slice(5)) % 5 === 0 ? 'gw-2' : 'gw-1')),
    );
    assert.deepEqual(silent, []);
  });

  it('shows a mail once that one gateway accepted and another one took over, with what both know', async () => {
    const decided = partsOf('protect', { ...journals.protect[0]!, atMs: START + 30_000 });
    const done = journals.send.reduce((parts, record) => partsOf('send', record, parts), decided);
    // When it is back, the first one drops what it had queued.
    const dropped = {
      ...journals.send[0]!,
      event: 'removed',
      by: 'cluster',
      atMs: START + 90_000,
      reply: '',
    };
    const others = Object.fromEntries(
      Array.from({ length: 6 }, (_, n) => [`m-${n}`, received(`m-${n}`, START + 1000 + n * 5000)]),
    );
    const traces = tracesOf({
      'gw-1': { own: { [MAIL_ID]: partsOf('send', dropped, received(MAIL_ID, START)) } },
      'gw-2': { own: { ...others, [MAIL_ID]: done } },
    });
    const ids = await walk(traces);
    assert.deepEqual(ids, ['m-5', 'm-4', 'm-3', 'm-2', 'm-1', 'm-0', MAIL_ID]);
    assert.deepEqual(await walk(traces, 'in-line'), ids.slice(0, 6)); // To the first gateway alone it looks so.
    assert.deepEqual(await walk(traces, 'sent'), [MAIL_ID]);
    const { mail } = await traces.get(MAIL_ID);
    assert.deepEqual(mail?.gateways, [
      { name: 'gw-1', isCopy: false },
      { name: 'gw-2', isCopy: false },
    ]);
    assert.equal(mail?.state, 'sent');
    assert.equal(mail?.session?.helo, 'mail.example.org');
  });

  it('shows the mails of a lost gateway from its copy, and says so; from its own word when it is there', async () => {
    const lost = { lost: received('lost', START) };
    const holder = { own: {}, copies: { 'gw-2': lost } };
    const gone = tracesOf({ 'gw-1': { own: {} }, 'gw-2': null, 'gw-3': holder });
    const page = await gone.search(ALL);
    assert.deepEqual(page.rows[0]?.gateways, [{ name: 'gw-2', isCopy: true }]);
    assert.deepEqual(page.silent, [{ name: 'gw-2', hasCopy: true }]);
    const there = tracesOf({ 'gw-1': { own: {} }, 'gw-2': { own: lost }, 'gw-3': holder });
    assert.deepEqual((await there.get('lost')).mail?.gateways, [{ name: 'gw-2', isCopy: false }]);
    const bare = tracesOf({ 'gw-1': { own: {} }, 'gw-2': null, 'gw-3': { own: {} } });
    assert.deepEqual(await bare.get('lost'), { mail: null, silent: [{ name: 'gw-2', hasCopy: false }] });
  });

  it('names a gateway that was removed by its node', async () => {
    const traces = tracesOf({
      'gw-1': { own: {}, copies: { 'gw-9': { old: received('old', START) } } },
      'gw-2': { own: {} },
    });
    const { rows, silent } = await traces.search(ALL);
    assert.deepEqual(rows[0]?.gateways, [{ name: nodeOf('gw-9'), isCopy: true }]);
    assert.deepEqual(silent, []);
  });

  it('names no gateway where there is one only', async () => {
    const traces = tracesOf({ '': { own: { one: received('one', START) } } });
    assert.deepEqual((await traces.search(ALL)).rows[0]?.gateways, []);
  });
});
