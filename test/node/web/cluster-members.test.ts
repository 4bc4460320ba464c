/** The members as the management shows them: who is there, how far behind, and what is not known here. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogStatus } from '#consensus/event-log.ts';
import type { EngineMember } from '#node/cluster/cluster-administration.ts';
import type { ClusterMember, ClusterView } from '#node/ledger/cluster-port.ts';
import { memberRows } from '#node/web/ports/cluster-members.ts';

const member = (node: string, over: Partial<ClusterMember> = {}): ClusterMember => ({
  node,
  name: node,
  role: 'voter',
  site: '',
  peerAddress: '',
  alive: true,
  spoolEpoch: 1,
  spoolOwner: node,
  ackedPosition: 90n,
  version: '0.1.0',
  reads: 1,
  ...over,
});

const view: ClusterView = {
  mode: 'voter',
  clusterId: 'c',
  generation: 1,
  self: 'a',
  quorum: true,
  reason: '',
  members: [
    member('a', { ackedPosition: 80n }),
    member('b', { alive: false }),
    member('w', { role: 'witness', alive: false, ackedPosition: null }),
  ],
  spoolEpoch: 1,
  former: [],
  leaseUntilNs: null,
};

const log: LogStatus = {
  mode: 'voter',
  generation: 1,
  localHead: 100n,
  quorumHead: 100n,
  writable: true,
  reason: '',
  obstacle: null,
  notice: '',
  damagedAt: null,
};

const witness: EngineMember = { node: 'w', state: 'voter', version: '3.5.33', leader: false, answers: true };
const there = (rows: ReturnType<typeof memberRows>) => rows.map(({ alive }) => alive);

describe('the rows of the members', () => {
  it('count how far each is behind the newest position that anybody has; the own one is known exactly', () => {
    const rows = memberRows({ view, log, engine: [] });
    assert.deepEqual(
      rows.map(({ position, behind }) => [position, behind]),
      [
        ['100', 0],
        ['90', 10],
        [null, null],
      ],
    );
    const [own] = memberRows({ view, log: { ...log, localHead: 70n }, engine: [] });
    assert.equal(own?.behind, 20);
  });

  it('know of a witness by the engine alone', () => {
    assert.deepEqual(there(memberRows({ view, log, engine: [witness] })), [true, false, true]);
    assert.deepEqual(there(memberRows({ view, log, engine: [{ ...witness, answers: false }] })), [
      true,
      false,
      false,
    ]);
    assert.deepEqual(there(memberRows({ view, log, engine: [] })), [true, false, null]);
  });

  it('do not tell of the others what was true before the quorum was lost', () => {
    for (const obstacle of ['no-quorum', 'fenced'] as const) {
      assert.deepEqual(there(memberRows({ view, log: { ...log, obstacle }, engine: [] })), [
        true,
        null,
        null,
      ]);
    }
  });
});
