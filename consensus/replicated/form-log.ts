/**
 * Begins a generation in an empty quorum: its record, and the head of the log that it goes on from. Events stay where
 * they are; who joins gets them from the other gateways.
 */
import type { Head } from '../event-log.ts';
import { type KeyValueQuorum, QuorumError } from '../key-value-quorum.ts';
import { decodeMeta, encodeHead, encodeMeta, FLOOR, HEAD, META, type Meta } from './quorum-keys.ts';

/** Asked twice, done once. Rejects `fenced` when the quorum already holds another log or generation. */
export async function formLog(quorum: KeyValueQuorum, meta: Meta, head: Head): Promise<void> {
  const value = encodeHead(head);
  const { succeeded, results } = await quorum.txn({
    compare: [{ key: META, createRevision: 0n }],
    success: [
      { type: 'put', key: META, value: encodeMeta(meta) },
      { type: 'put', key: HEAD, value },
      { type: 'put', key: FLOOR, value },
    ],
    failure: [{ type: 'range', key: META }],
  });
  if (succeeded) return;
  const [found] = results[0]?.type === 'range' ? results[0].values : [];
  const known = found ? decodeMeta(found.value) : null;
  if (known?.clusterId === meta.clusterId && known.generation === meta.generation) return;
  throw new QuorumError('fenced', 'the quorum already holds another log');
}
