/**
 * Another member in the place of one: that it is wanted, and who was there when it was, so that every gateway can go on
 * with it. What has been done since is seen at the members. One at a time; stream `replacement`.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import type { GatewayRole } from './gateway-role.ts';

export const REPLACEMENT_STREAM = 'replacement';

export interface Replacement {
  /** Node id and name of the member that goes. */
  readonly node: string;
  readonly name: string;
  /** Its role when this began. */
  readonly role: GatewayRole;
  /** How many voted then. */
  readonly voters: number;
  /** Node ids of all members then: whoever is not among them has come for this. */
  readonly known: readonly string[];
  readonly at: Instant;
}

export type ReplacementCommand =
  | ({ readonly type: 'BeginReplacement' } & Replacement)
  /** It is complete, or was called off. */
  | { readonly type: 'EndReplacement'; readonly at: Instant };

export type ReplacementEvent =
  | ({ readonly type: 'ReplacementBegun' } & Replacement)
  | { readonly type: 'ReplacementEnded'; readonly node: string; readonly at: Instant };

export type ReplacementRefusal = 'another-replacement';

/** State: the one under way, or null. */
export const replacementDecider: Decider<
  ReplacementCommand,
  ReplacementEvent,
  Replacement | null,
  ReplacementRefusal
> = {
  zero: null,
  decide,
  evolve: (_, event) => (event.type === 'ReplacementBegun' ? partsOf(event) : null),
  schemas: { ReplacementBegun: 1, ReplacementEnded: 1 },
};

function decide(
  command: ReplacementCommand,
  running: Replacement | null,
): Decision<ReplacementEvent, ReplacementRefusal> {
  switch (command.type) {
    case 'BeginReplacement':
      if (running) return running.node === command.node ? accept() : refuse('another-replacement');
      return accept({ type: 'ReplacementBegun', ...partsOf(command) });
    case 'EndReplacement':
      if (!running) return accept();
      return accept({ type: 'ReplacementEnded', node: running.node, at: command.at });
  }
}

function partsOf({ node, name, role, voters, known, at }: Replacement): Replacement {
  return { node, name, role, voters, known, at };
}
