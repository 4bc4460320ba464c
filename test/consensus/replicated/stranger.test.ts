/** Somebody with a valid way to the quorum who is no gateway: found by all within seconds, the logs on disk unharmed. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { encodeCanonical, hashOf, NO_HASH, recordOf } from '#consensus/event-codec.ts';
import type { KeyValueQuorum, Operation } from '#consensus/key-value-quorum.ts';
import { encodeHead, eventKey } from '#consensus/replicated/quorum-keys.ts';
import { all, draft } from '../scratch-log.ts';
import { eventually, ScratchCluster, SHORT_TIMING } from './scratch-cluster.ts';

const EVENTS = 12n;

describe('a stranger with access to the quorum', () => {
  let cluster: ScratchCluster;
  let stranger: KeyValueQuorum;
  beforeEach(async () => {
    cluster = await ScratchCluster.form();
    const options = { timing: { ...SHORT_TIMING, patienceMs: 500 } };
    for (let i = 0; i < 3; i++) await cluster.join(options);
    for (let i = 0n; i < EVENTS; i++) await cluster.gateways[0]!.log.append([draft('a')], { expect: 'any' });
    for (const { log } of cluster.gateways) {
      await eventually('all have everything', () => log.status().localHead === EVENTS);
    }
    stranger = cluster.client();
  });
  afterEach(() => cluster.dispose());

  const act = (...success: Operation[]): Promise<unknown> => stranger.txn({ compare: [], success });
  const storedAt = (key: string): Uint8Array => cluster.quorum.store.range({ key }).values[0]!.value;

  /** All gateways say it, have their logs as they were, and can append, or not. */
  const assertTold = async (what: RegExp, writable: boolean): Promise<void> => {
    for (const { log } of cluster.gateways) {
      await eventually(`told: ${what}`, () => what.test(`${log.status().reason} ${log.status().notice}`));
      assert.equal(log.status().writable, writable);
      assert.equal((await all(log.read(1n))).length, Number(EVENTS));
      assert.equal((await log.scrub({ unhurried: false })).damage, null);
    }
    const { log } = cluster.gateways[1]!;
    if (!writable) await assert.rejects(log.append([draft('b')], { expect: 'any' }), { code: 'no-quorum' });
    else await log.append([draft('b')], { expect: 'any' });
  };

  const forged = (prev: Uint8Array, position = EVENTS + 1n): { record: Buffer; hash: Buffer } => {
    const event = { ...draft('forged'), position, generation: 1, version: 1, node: 'gateway-1', prev };
    const canonical = encodeCanonical(event);
    const hash = hashOf(canonical);
    return { record: recordOf(canonical, hash, Buffer.alloc(64, 9)), hash };
  };

  const appendForged = async (prev: Uint8Array): Promise<void> => {
    const { record, hash } = forged(prev);
    const head = { position: EVENTS + 1n, hash, generation: 1 };
    await act(
      { type: 'put', key: eventKey(EVENTS + 1n), value: Buffer.concat([Buffer.of(1), record]) },
      { type: 'put', key: 'head', value: encodeHead(head) },
    );
  };

  it('who appends an event that no gateway signed', async () => {
    const { hash } = await cluster.gateways[0]!.log.head('local');
    await appendForged(hash);
    await assertTold(/event 13 in the quorum is missing, altered or not signed/, false);
  });

  it('who appends an event that does not follow', async () => {
    await appendForged(NO_HASH);
    await assertTold(/event 13 in the quorum is missing, altered or not signed/, false);
  });

  it('who moves the head on', async () => {
    await act({
      type: 'put',
      key: 'head',
      value: encodeHead({ position: 20n, hash: NO_HASH, generation: 1 }),
    });
    await assertTold(/event 13 in the quorum is missing/, false);
  });

  it('who moves the head back', async () => {
    await act({
      type: 'put',
      key: 'head',
      value: encodeHead({ position: 5n, hash: NO_HASH, generation: 1 }),
    });
    await assertTold(/went back from 12 to 5/, false);
  });

  it('who deletes the head', async () => {
    await act({ type: 'delete', key: 'head' });
    await assertTold(/head .* gone|head is gone/, false);
  });

  it('who writes rubbish into the head', async () => {
    await act({ type: 'put', key: 'head', value: Buffer.from('{"seq":') });
    await assertTold(/cannot be read/, false);
  });

  it('who deletes events: they are put back', async () => {
    const before = storedAt(eventKey(7n));
    await act({ type: 'delete', key: eventKey(7n), end: eventKey(9n) });
    await assertTold(/event [78] was deleted( or altered)? in the quorum/, true);
    await eventually(
      'they are back',
      () => cluster.quorum.store.range({ key: eventKey(8n) }).values.length === 1,
    );
    assert.deepEqual(Buffer.from(storedAt(eventKey(7n))), Buffer.from(before));
  });

  it('who alters an event: it is put back', async () => {
    const before = Buffer.from(storedAt(eventKey(7n)));
    const altered = Buffer.from(before);
    altered[60]! ^= 1;
    await act({ type: 'put', key: eventKey(7n), value: altered });
    await assertTold(/event 7 was (deleted or )?altered in the quorum/, true);
    await eventually('it is back', () => before.equals(storedAt(eventKey(7n))));
  });

  it('who deletes all events while no gateway looks: the first one that does puts them back', async () => {
    for (const gateway of cluster.gateways) await gateway.log.close();
    await act({ type: 'delete', key: 'events/', end: 'events0' });
    const [first] = cluster.gateways;
    for (const gateway of cluster.gateways) {
      gateway.log = await cluster.open(gateway);
      if (gateway === first)
        await eventually('it is told', () => gateway.log.status().notice.includes('deleted'));
    }
    const { store } = cluster.quorum;
    await eventually(
      'they are back',
      () => store.range({ key: 'events/', end: eventKey(EVENTS + 1n) }).values.length === Number(EVENTS),
    );
    const late = await cluster.join({ peers: { segments: () => assert.fail('the quorum has all') } });
    await eventually('a new gateway has everything', () => late.log.status().localHead === EVENTS);
  });
});
