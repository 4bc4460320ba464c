/** The destinations that mails wait for: made at need, forgotten when idle, sharing the connections there are. */
import { type Destination, type DestinationPorts, destination } from './destination.ts';
import { type RetrySettings, waitAfter } from './retry-schedule.ts';
import type { DestinationSpec } from './routes.ts';

const CONNECTIONS_MAX = 500; // File descriptors are 1,024 by default; mails and sockets share them.
const CONNECTIONS_FAIR = 2; // For each destination once half of all connections are in use.
export const SUSPEND_MS_MAX = 300_000; // A server that came back is noticed within five minutes.

/** What the scheduler is given for all destinations. */
export type SharedPorts = Pick<DestinationPorts, 'dial' | 'linkSettings' | 'connectionsMax' | 'now' | 'log'>;

export interface DestinationSet {
  at(spec: DestinationSpec): Destination;
  /** Starts what may start, and forgets the idle ones. */
  pump(): void;
  /** Ends every suspension. */
  tryAgain(): void;
  stop(withinMs: number): Promise<void>;
}

export function destinationSet(
  shared: SharedPorts,
  retry: RetrySettings,
  ties: Pick<DestinationPorts, 'mayCarry' | 'onReachable'>,
): DestinationSet {
  const destinations = new Map<string, Destination>();

  /** Fair when connections are scarce: those who have many get no more. */
  function mayOpen(open: number): boolean {
    let all = 0;
    for (const one of destinations.values()) all += one.open;
    if (all < CONNECTIONS_MAX / 2) return true;
    return all < CONNECTIONS_MAX && open < CONNECTIONS_FAIR;
  }

  return {
    at(spec) {
      const known = destinations.get(spec.key);
      if (known) return known;
      const made = destination(spec, {
        ...shared,
        ...ties,
        waitAfter: (failures) => Math.min(waitAfter(failures, retry), SUSPEND_MS_MAX),
        mayOpen,
      });
      destinations.set(spec.key, made);
      return made;
    },
    pump() {
      for (const [key, one] of destinations) {
        one.pump();
        if (one.forgettable) destinations.delete(key);
      }
    },
    tryAgain() {
      for (const one of destinations.values()) one.tryAgain();
    },
    async stop(withinMs) {
      await Promise.all([...destinations.values()].map((one) => one.stop(withinMs)));
    },
  };
}
