/**
 * Snapshots of projections as files, one a name, the newest only. A snapshot is a convenience: one that is damaged,
 * of another log or from beyond this log's head is as good as none.
 *
 *   "SGSN" | u32 1 | u32 generation | u64 position | 32 hash | data | 32 SHA-256 of all before
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { HASH_BYTES, NO_HASH } from './event-codec.ts';
import type { Head, SnapshotStore } from './event-log.ts';
import { syncFolder } from './head-file.ts';
import type { LevelStore } from './level-store.ts';

const MAGIC = Buffer.from('SGSN');
const FORMAT = 1;
const HEADER_BYTES = 20 + HASH_BYTES;
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/; // A file name without surprises.

export function snapshotFiles(folder: string, store: LevelStore): SnapshotStore {
  const pathOf = (name: string): string => {
    if (!NAME.test(name)) throw new TypeError(`snapshot name ${JSON.stringify(name)}`);
    return join(folder, name);
  };
  return {
    async save(name, at, data) {
      const path = pathOf(name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const header = headerOf(at);
      const made = `${path}.new`;
      const file = await open(made, 'w', 0o600);
      try {
        await file.writeFile(header);
        await file.writeFile(data);
        await file.writeFile(createHash('sha256').update(header).update(data).digest());
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(made, path);
      await syncFolder(folder);
    },
    async load(name) {
      const snapshot = decode(await readIfThere(pathOf(name)));
      return snapshot && (await isOnChain(store, snapshot.at)) ? snapshot : null;
    },
  };
}

function headerOf(at: Head): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32BE(FORMAT, 4);
  header.writeUInt32BE(at.generation, 8);
  header.writeBigUInt64BE(at.position, 12);
  header.set(at.hash, 20);
  return header;
}

function decode(octets: Buffer | null): { at: Head; data: Uint8Array } | null {
  if (!octets || octets.length < HEADER_BYTES + HASH_BYTES) return null;
  const end = octets.length - HASH_BYTES;
  const check = createHash('sha256').update(octets.subarray(0, end)).digest();
  if (!check.equals(octets.subarray(end)) || !octets.subarray(0, 4).equals(MAGIC)) return null;
  if (octets.readUInt32BE(4) !== FORMAT) return null;
  const at = {
    position: octets.readBigUInt64BE(12),
    hash: octets.subarray(20, HEADER_BYTES),
    generation: octets.readUInt32BE(8),
  };
  return { at, data: octets.subarray(HEADER_BYTES, end) };
}

async function isOnChain(store: LevelStore, at: Head): Promise<boolean> {
  if (at.position > store.state.position) return false;
  if (at.position === 0n) return Buffer.compare(at.hash, NO_HASH) === 0;
  const event = await store.eventAt(at.position);
  return Buffer.compare(event.hash, at.hash) === 0 && event.generation === at.generation;
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
