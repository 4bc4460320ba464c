/**
 * Gets one mail onto the disk of another gateway.
 *
 * Shape:  id, size, octets (asked for again at each attempt) → the node that has it on stable storage; null when none
 *         took it in time; `deposed` when this gateway's spool was taken over meanwhile, so that a copy made before may be
 *         adopted by its holder. A gateway that may have it without having said so is told to discard it.
 * Time:   one buddy has BUDDY_MS, all together COPY_MS, both longer for a large mail (timing.ts).
 * Errors: never rejects but with what `body` throws. `deposed` is told when a buddy says that the epoch is over.
 */
import type { Readable } from 'node:stream';
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import { buddiesOf } from './buddy-choice.ts';
import { claimedAnswerSchema, EPOCH_HEADER, SIZE_HEADER } from './shadow-protocol.ts';
import { BUDDY_MS, COPY_BYTES_PER_MS, COPY_MS, REST_MS } from './timing.ts';

const PAUSE_MS = 100; // Between two rounds through the buddies.

export interface MirrorPorts {
  readonly client: Pick<PeerClient, 'request'>;
  readonly view: () => ClusterView | null;
  /** Own epoch; null while it is not known or is being renewed. */
  readonly epoch: () => number | null;
  readonly nowNs: () => bigint;
  /** Whether a copy there is safe now. */
  readonly mayHold: (node: string) => boolean;
  /** The copy may be there and is not wanted. */
  readonly discard: (node: string, spoolId: string) => void;
  readonly onDeposed: (epoch: number, owner: string) => void;
}

export type CopyEnd = { readonly holder: string | null } | 'deposed';

export interface Mirror {
  /** `patient`: tries until the time is over; otherwise each buddy once, and none that failed lately. */
  copy(
    spoolId: string,
    sizeBytes: number,
    body: () => Uint8Array | Readable,
    patient: boolean,
  ): Promise<CopyEnd>;
  /** True when there is anyone to ask now. */
  hasBuddy(): boolean;
}

export function mirror(ports: MirrorPorts): Mirror {
  const { nowNs } = ports;
  const restingUntil = new Map<string, bigint>();
  const isResting = (node: string): boolean => nowNs() < (restingUntil.get(node) ?? 0n);

  function candidates(patient: boolean): string[] {
    const view = ports.view();
    if (view === null) return [];
    const buddies = buddiesOf(view, isResting).filter(ports.mayHold);
    return patient ? buddies : buddies.filter((node) => !isResting(node));
  }

  async function put(
    node: string,
    spoolId: string,
    sizeBytes: number,
    body: () => Uint8Array | Readable,
    timeoutMs: number,
  ): Promise<'copied' | 'refused' | 'unclear' | 'deposed'> {
    const epoch = ports.epoch();
    if (epoch === null) return 'refused';
    try {
      const answer = await ports.client.request(node, {
        method: 'PUT',
        path: `/shadow/${spoolId}`,
        headers: { [EPOCH_HEADER]: String(epoch), [SIZE_HEADER]: String(sizeBytes) },
        body: body(),
        timeoutMs,
      });
      if (answer.status === 204) return ports.epoch() === epoch ? 'copied' : 'deposed';
      if (answer.status === 409) {
        const stand = claimedAnswerSchema.safeParse(JSON.parse(answer.body.toString('utf8')));
        if (stand.success) ports.onDeposed(stand.data.epoch, stand.data.owner);
      }
      return 'refused';
    } catch (error) {
      if (!isPeerError(error)) throw error;
      return 'unclear';
    }
  }

  return {
    hasBuddy: () => candidates(false).length > 0,
    async copy(spoolId, sizeBytes, body, patient) {
      const forSizeMs = Math.ceil(sizeBytes / COPY_BYTES_PER_MS);
      const endNs = nowNs() + BigInt(COPY_MS + forSizeMs) * 1_000_000n;
      const leftMs = (): number => Number((endNs - nowNs()) / 1_000_000n);
      const asked = new Set<string>();
      while (leftMs() > 0) {
        const node = candidates(patient).find((one) => !asked.has(one));
        if (node === undefined) {
          if (!patient) return { holder: null };
          asked.clear();
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
          continue;
        }
        asked.add(node);
        const timeoutMs = Math.min(BUDDY_MS + forSizeMs, leftMs());
        const end = await put(node, spoolId, sizeBytes, body, timeoutMs);
        if (end === 'copied' && ports.mayHold(node)) {
          restingUntil.delete(node);
          return { holder: node };
        }
        if (end === 'deposed') return end;
        if (end !== 'refused') ports.discard(node, spoolId);
        restingUntil.set(node, nowNs() + BigInt(REST_MS) * 1_000_000n);
      }
      return { holder: null };
    },
  };
}

/** By its name: any error of a transport that says what happened by a word. */
function isPeerError(error: unknown): boolean {
  return error instanceof Error && error.name === 'PeerError';
}
