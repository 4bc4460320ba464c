/**
 * What a gateway says of itself in the quorum, and how it is read (replication.md §3): `alive/<node>` under a lease,
 * `node/<node>`, `spool/<node>`, `lock/<job>` under the lease of the one who does it.
 */
import { z } from 'zod';
import type { KeyValue } from '#consensus/key-value-quorum.ts';

export const ALIVE = 'alive/';
export const NODE = 'node/';
export const SPOOL = 'spool/';
export const LOCK = 'lock/';
export const ACK = 'ack/';

const spoolSchema = z.object({ epoch: z.number().int().positive(), owner: z.string() });
/** `reads`: the newest format of the log that it reads; older versions do not say it. */
const nodeSchema = z.object({ version: z.string(), reads: z.number().int().positive().default(1) });
const ackSchema = z.object({ seq: z.number().int().nonnegative() });
const lockSchema = z.object({ node: z.string() });

export type SpoolClaim = z.infer<typeof spoolSchema>;

export const octetsOf = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));

function parsed<T>(schema: z.ZodType<T>, found: KeyValue | undefined): T | null {
  if (!found) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(found.value).toString('utf8')));
  } catch {
    return null;
  }
}

export const spoolOf = (found: KeyValue | undefined): SpoolClaim | null => parsed(spoolSchema, found);
export const versionOf = (found: KeyValue | undefined): string => parsed(nodeSchema, found)?.version ?? '';
export const readsOf = (found: KeyValue | undefined): number => parsed(nodeSchema, found)?.reads ?? 1;
export const lockHolderOf = (found: KeyValue | undefined): string | null =>
  parsed(lockSchema, found)?.node ?? null;

export function ackedOf(found: KeyValue | undefined): bigint | null {
  const ack = parsed(ackSchema, found);
  return ack ? BigInt(ack.seq) : null;
}
