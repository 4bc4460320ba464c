/**
 * given / when / then over a decider, so that a test reads as the specification.
 *
 * `given` are recorded events: they go through the storage format and back before they are folded.
 */
import assert from 'node:assert/strict';
import { type Decider, decodeEvent, encodeEvent } from '#domain/decider.ts';

export function specification<C, E extends { readonly type: string }, S, R extends string>(
  decider: Decider<C, E, S, R>,
) {
  const fold = (events: readonly E[]): S =>
    events
      .map((event) => decodeEvent<E>(decider, encodeEvent(decider, event)))
      .reduce((state, event) => decider.evolve(state, event), decider.zero);
  const given = (...history: readonly E[]) => ({
    when: (command: C) => {
      const decision = decider.decide(command, fold(history));
      return {
        records: (...events: readonly E[]) => {
          assert.deepEqual(decision, { kind: 'accepted', events });
          for (const event of events) {
            assert.deepEqual(decodeEvent(decider, encodeEvent(decider, event)), event);
          }
        },
        recordsNothing: () => assert.deepEqual(decision, { kind: 'accepted', events: [] }),
        refuses: (refusal: R) => assert.deepEqual(decision, { kind: 'refused', refusal }),
      };
    },
    state: (): S => fold(history),
  });
  return { given };
}
