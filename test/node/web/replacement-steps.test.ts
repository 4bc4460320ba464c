/** How far a replacement is, told by the members alone: a lost voter, a follower in its place, a witness. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterMemberRow, ClusterStatus, ReplacementStage } from '#node/web/cluster-admin-port.ts';
import { replacementPlan, replacementProgress } from '#node/web/replacement-steps.ts';
import { degraded, newcomer, pairWithWitness, replacementOf, withoutMember } from './demo-cluster.ts';

const cluster = degraded['no-second-copy']; // Three voters, two of them away; it can make changes all the same here.
const threeVoters: ClusterStatus = { ...cluster, warnings: [], progress: [] };
const lost = threeVoters.members[2]!;
const begun = replacementOf(threeVoters, lost, 0);
const follower = { ...newcomer, engine: null };
const there: Partial<ClusterMemberRow> = {
  alive: true,
  engine: { state: 'voter', version: '3.5.33', leader: false, answers: true },
};

const withMember = (to: ClusterStatus, member: ClusterMemberRow): ClusterStatus => {
  return { ...to, members: [...to.members, member] };
};
const allVote = (of: ClusterStatus): ClusterStatus => {
  return { ...of, members: of.members.map((member) => ({ ...member, ...there })) };
};

describe('the replacement of a voter', () => {
  const seen = (of: ClusterStatus): [number, ReplacementStage] => {
    const { at, now } = replacementProgress(of, begun);
    return [at, now];
  };

  it('needs a token, waits until its gateway has started and has all, then the lost one goes', () => {
    assert.deepEqual(replacementPlan(threeVoters, lost), { steps: ['token', 'out', 'votes'], spare: '' });
    assert.deepEqual(seen(threeVoters), [0, { stage: 'token', joins: 'gateway' }]);
    const joined = (over: Partial<ClusterMemberRow>) =>
      seen(withMember(threeVoters, { ...follower, ...over }));
    assert.deepEqual(joined({ alive: false, behind: null }), [0, { stage: 'starts', name: 'gw-4' }]);
    assert.deepEqual(joined({ behind: 12 }), [0, { stage: 'catches-up', name: 'gw-4', behind: 12 }]);
    assert.deepEqual(joined({ behind: null }), [0, { stage: 'catches-up', name: 'gw-4', behind: null }]);
    assert.deepEqual(joined({}), [1, { stage: 'remove' }]);
  });

  it('is complete when as many vote as before, and the cluster waits for nothing', () => {
    const removed = withoutMember(withMember(threeVoters, follower), lost.node);
    assert.deepEqual(
      removed.members.map(({ role }) => role),
      ['voter', 'voter', 'voter'],
    );
    assert.deepEqual(seen(removed), [2, { stage: 'votes', there: 1, count: 3, waitsFor: '' }]);
    const waitsFor = 'a new voter copies the state of the engine';
    const busy = { ...allVote(removed), settling: waitsFor, progress: [waitsFor] };
    assert.deepEqual(seen(busy), [2, { stage: 'votes', there: 3, count: 3, waitsFor }]);
    assert.deepEqual(seen({ ...allVote(removed), writable: false, reason: 'no leader' }), [
      2,
      { stage: 'votes', there: 3, count: 3, waitsFor: 'no leader' },
    ]);
    const renewed = 'the authorities of the cluster are renewed'; // Takes long, and no vote waits for it.
    assert.deepEqual(seen({ ...allVote(removed), progress: [renewed] }), [3, { stage: 'done' }]);
  });

  it('believes the roles where the engine cannot be seen', () => {
    const removed = withoutMember(withMember(threeVoters, follower), lost.node);
    assert.equal(replacementProgress({ ...removed, mode: 'client' }, begun).now.stage, 'done');
  });

  it('takes a gateway that follows already and has all', () => {
    const before = withMember(threeVoters, follower);
    const plan = replacementPlan(before, lost);
    assert.deepEqual(plan, { steps: ['spare', 'out', 'votes'], spare: 'gw-4' });
    const { steps, at, now } = replacementProgress(before, replacementOf(before, lost, 0));
    assert.deepEqual([steps, at, now], [plan.steps, 1, { stage: 'remove' }]);
    const late = withMember(threeVoters, { ...follower, behind: 1 });
    assert.equal(replacementPlan(late, lost).spare, '');
  });

  it('lets a follower be replaced by a newcomer only', () => {
    const before = withMember(withMember(threeVoters, follower), {
      ...follower,
      node: 'gw-5-0000000a',
      name: 'gw-5',
    });
    assert.equal(replacementPlan(before, follower).spare, '');
    const progress = replacementProgress(before, replacementOf(before, follower, 0));
    assert.deepEqual(progress.now, { stage: 'token', joins: 'gateway' });
  });
});

describe('the replacement of a witness', () => {
  const witness = pairWithWitness.members[2]!;
  const asked = replacementOf(pairWithWitness, witness, 0);

  it('makes its place free first; one gateway votes until the new one is there', () => {
    const steps = ['free', 'witness-token', 'votes'];
    assert.deepEqual(replacementPlan(pairWithWitness, witness), { steps, spare: '' });
    const first = replacementProgress(pairWithWitness, asked);
    assert.deepEqual([first.at, first.now], [0, { stage: 'remove' }]);
    const pair = withoutMember(pairWithWitness, witness.node);
    assert.deepEqual(
      pair.members.map(({ role }) => role),
      ['voter', 'standby'],
    );
    const unsettled = replacementProgress({ ...pair, settling: 'a voter goes' }, asked);
    assert.deepEqual(unsettled.now, { stage: 'votes', there: 1, count: 1, waitsFor: 'a voter goes' });
    assert.equal(unsettled.at, 0);
    const free = replacementProgress(pair, asked);
    assert.deepEqual([free.at, free.now], [1, { stage: 'token', joins: 'witness' }]);
    const [one, two] = pair.members as [ClusterMemberRow, ClusterMemberRow];
    const again = { ...witness, node: 'witness-2-0000000a', name: 'witness-2' };
    const full = { ...pair, members: [one, { ...two, role: 'voter' as const }, again] };
    assert.deepEqual(replacementProgress(full, asked), { steps, spare: '', at: 3, now: { stage: 'done' } });
  });

  it('is complete at once when a gateway that follows takes its vote', () => {
    const before = withMember(pairWithWitness, follower);
    assert.deepEqual(replacementPlan(before, witness), { steps: ['spare', 'out', 'votes'], spare: 'gw-4' });
    const after = allVote(withoutMember(before, witness.node));
    const { at, now } = replacementProgress(after, replacementOf(before, witness, 0));
    assert.deepEqual([at, now], [3, { stage: 'done' }]);
  });
});
