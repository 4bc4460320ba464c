/** The first operator and the auditor's view, on a real ledger. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { canonicalJson } from '#domain/canonical-json.ts';
import { foldStream } from '#domain/decider.ts';
import { operatorDecider, operatorStream } from '#domain/operators/operator.ts';
import type { LedgerClient } from '#node/ledger/client.ts';
import { auditReader } from '#node/web/audit-reader.ts';
import { ensureFirstOperator } from '#node/web/first-operator.ts';
import { passwordMatches } from '#node/web/password.ts';
import { type RunningLedger, runningLedger } from '../ledger/running-ledger.ts';

describe('a new gateway', () => {
  let running: RunningLedger;
  let ledger: LedgerClient;
  before(async () => {
    running = await runningLedger();
    ledger = running.client();
  });
  after(() => running.dispose());

  it('gets one administrator whose password is in no event', async () => {
    const first = await ensureFirstOperator(ledger, { mustChange: true });
    assert.ok(first);
    assert.equal(first.name, 'admin');
    const stored = await ledger.readStream(operatorStream('admin'));
    const operator = foldStream(operatorDecider, stored);
    assert.ok(operator.status === 'enabled' && operator.mustChange);
    assert.ok(await passwordMatches(first.password, operator.passwordHash));
    assert.ok(!(await passwordMatches(`${first.password}x`, operator.passwordHash)));
    assert.ok(!stored.some((event) => Buffer.from(event.payload).includes(first.password)));
    assert.equal(await ensureFirstOperator(ledger, { mustChange: true }), null, 'only once');
  });

  it('shows its log newest first, filtered, with no password hash', async () => {
    const drafts = Array.from({ length: 30 }, (_, i) => ({
      id: randomUUID(),
      stream: `person/p${i}@example.org`,
      kind: 'PersonEnrolled',
      schema: 1,
      atMs: 1_000 + i,
      actor: i % 2 === 0 ? 'operator/anna' : 'operator/ben',
      reason: i === 7 ? 'as the board asked' : '',
      payload: canonicalJson({ at: 1_000 + i, blob: 'A'.repeat(5_000) }),
    }));
    await ledger.append(drafts, 'any');
    const audit = auditReader(ledger);
    const ask = { before: null, limit: 10, search: '', actor: '', fromMs: null, toMs: null };
    const newest = await audit.events(ask);
    assert.equal(newest.rows[0]?.stream, 'person/p29@example.org');
    assert.ok(newest.rows[0]!.payload.length < 500, 'binary values are shortened');
    const next = await audit.events({ ...ask, before: newest.next });
    assert.equal(next.rows[0]?.stream, 'person/p19@example.org');
    const asked = await audit.events({ ...ask, search: 'the BOARD' });
    assert.deepEqual(
      asked.rows.map((row) => row.stream),
      ['person/p7@example.org'],
    );
    assert.equal(asked.next, null);
    const anna = await audit.events({ ...ask, limit: 100, actor: 'anna', fromMs: 1_010, toMs: 1_020 });
    assert.equal(anna.rows.length, 6);
    const operator = await audit.events({ ...ask, search: 'OperatorAdded' });
    assert.match(operator.rows[0]!.payload, /"passwordHash": "…"/);
    assert.ok(!operator.rows[0]!.payload.includes('argon2id'));
  });
});
