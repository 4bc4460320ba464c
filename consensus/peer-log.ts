/** The logs of the other gateways: where what the quorum no longer holds is fetched from. A port. */
import type { Position } from './event-log.ts';

export interface PeerLog {
  /**
   * Records (event-codec.ts) from a position on, in order, from any gateway that has them; ends at its head, or early.
   * Nothing in them is believed unchecked. Rejects when no gateway can be asked.
   */
  segments(from: Position): AsyncIterable<Uint8Array>;
}
