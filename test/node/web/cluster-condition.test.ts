/** How the cluster is, from who is there and what stands in the way of changes; and what health makes of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogObstacle } from '#consensus/event-log.ts';
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';
import { alarmsOf, isReady } from '#node/web/alarms.ts';
import { clusterCondition } from '#node/web/cluster-condition.ts';
import { degraded, glanceOf, pairWithWitness, single } from './demo-cluster.ts';
import { healthy } from './demo-ports.ts';

type Word = 'there' | 'away' | 'unknown';

/** `voter there, witness away`; the first one is this gateway. */
function condition(
  members: string,
  over: { obstacle?: LogObstacle; shadow?: 'require' | 'prefer' | 'off'; refusing?: boolean } = {},
): string {
  const alive: Record<Word, boolean | null> = { there: true, away: false, unknown: null };
  return clusterCondition({
    self: '0',
    members: members.split(', ').map((text, index) => {
      const [role, word] = text.split(' ') as [GatewayRole, Word];
      return { node: String(index), role, alive: alive[word] };
    }),
    obstacle: over.obstacle ?? null,
    shadow: over.shadow ?? 'prefer',
    refusing: over.refusing ?? false,
  });
}

describe('the condition of a cluster', () => {
  it('is well while everybody is there', () => {
    assert.equal(condition('voter there'), 'alone');
    assert.equal(condition('voter there, standby there'), 'well');
    assert.equal(condition('voter there, voter there, witness there'), 'well');
    assert.equal(condition('gateway there, voter there, witness unknown'), 'well');
  });

  it('names a gateway that is gone while there is another one for second copies', () => {
    assert.equal(condition('voter there, voter away, voter there', { shadow: 'require' }), 'gateway-gone');
    assert.equal(condition('voter there, voter away, voter there, witness away'), 'gateway-gone');
  });

  it('names a witness that is gone', () => {
    assert.equal(condition('voter there, voter there, witness away'), 'witness-gone');
  });

  it('says that there is one copy when the other of a pair is gone', () => {
    assert.equal(condition('voter there, voter away, witness there'), 'one-copy');
    assert.equal(condition('voter there, standby away'), 'one-copy');
  });

  it('says that no mail is accepted where a second copy is demanded, and that nothing is amiss where none is asked for', () => {
    assert.equal(
      condition('voter there, voter away, witness there', { shadow: 'require' }),
      'no-second-copy',
    );
    assert.equal(condition('voter there, voter away, witness there', { shadow: 'off' }), 'gateway-gone');
  });

  it('tells a pair without a third box from a lost majority', () => {
    const obstacle = 'no-quorum';
    assert.equal(condition('standby there, voter unknown', { obstacle }), 'pair-apart');
    assert.equal(condition('voter there, standby unknown', { obstacle }), 'no-majority');
    assert.equal(condition('voter there, voter unknown, witness unknown', { obstacle }), 'no-majority');
  });

  it('says that no mail is accepted where a second copy is demanded and nobody answers', () => {
    const facts = { obstacle: 'no-quorum', shadow: 'require' } as const;
    const members = 'voter there, voter unknown, voter unknown';
    assert.equal(condition(members, { ...facts, refusing: true }), 'cut-off');
    assert.equal(condition(members, facts), 'no-majority');
  });

  it('tells a newer generation, and other obstacles, from both', () => {
    assert.equal(condition('voter there, voter unknown', { obstacle: 'fenced' }), 'superseded');
    assert.equal(condition('voter there, voter there', { obstacle: 'disk' }), 'changes-stopped');
    assert.equal(condition('voter there, voter there', { obstacle: 'quorum-altered' }), 'changes-stopped');
  });
});

describe('health in a cluster', () => {
  const statusOf = (cluster: typeof pairWithWitness) => {
    const log = { ...healthy.log!, writable: cluster.writable, reason: cluster.reason };
    return { ...healthy, log, cluster: glanceOf(cluster) };
  };

  it('has no alarm while all is well', () => {
    assert.deepEqual(alarmsOf(statusOf(pairWithWitness), Date.now()), []);
  });

  for (const [word, cluster] of Object.entries(degraded)) {
    it(`has one alarm: ${word}`, () => {
      const alarms = alarmsOf(statusOf(cluster), Date.now());
      const code = word === 'changes-stopped' ? 'log-not-writable' : word;
      assert.deepEqual(
        alarms.map((alarm) => alarm.code),
        [code],
      );
      assert.equal(alarms[0]?.facts.reason, cluster.reason);
    });

    it(`is ready as long as mail is accepted: ${word}`, () => {
      assert.equal(isReady(statusOf(cluster)), word !== 'no-second-copy' && word !== 'cut-off');
    });
  }

  it('tells when the engine keeps too much, and for whom', () => {
    const room = { ...pairWithWitness.room!, bytes: 700 * 1024 * 1024, isLarge: true, heldBy: 'gw-2 at 12' };
    const [alarm] = alarmsOf(statusOf({ ...pairWithWitness, room }), Date.now());
    assert.equal(alarm?.code, 'engine-large');
    assert.deepEqual(alarm?.facts, { megabytes: 700, quota: 2048, heldBy: 'gw-2 at 12' });
  });

  it('tells a notice of the log beside the condition, in a cluster and alone', () => {
    const notice = 'the standby is away; 3 events stand on this gateway only';
    for (const cluster of [degraded['one-copy'], single]) {
      const status = statusOf(cluster);
      const alarms = alarmsOf({ ...status, log: { ...status.log, notice } }, Date.now());
      assert.deepEqual(alarms.at(-1), { code: 'log-notice', severity: 'amber', facts: { notice } });
    }
  });

  it('tells what waits in the line, by reason, and that a gateway which leaves is not ready', () => {
    const line = { facts: 2, waits: [{ reason: 'no quorum', mails: 3 }] };
    const alarms = alarmsOf({ ...statusOf(pairWithWitness), line }, Date.now());
    assert.deepEqual(
      alarms.map(({ code, facts }) => [code, facts.count]),
      [
        ['mails-waiting', 3],
        ['facts-waiting', 2],
      ],
    );
    const counts = { mirrored: 0, unmirrored: 0, held: 0, adopted: 0, possibleDoubles: 0, returning: false };
    const leaving = { ...statusOf(pairWithWitness), copies: { ...counts, leaving: true, refusing: false } };
    assert.deepEqual(alarmsOf(leaving, Date.now())[0]?.code, 'gateway-leaving');
    assert.equal(isReady(leaving), false);
  });

  it('names who is gone', () => {
    assert.equal(alarmsOf(statusOf(degraded['gateway-gone']), Date.now())[0]?.facts.names, 'gw-2');
  });
});
