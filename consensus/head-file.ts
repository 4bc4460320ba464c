/**
 * The head file: what the log is known to hold, kept apart from LevelDB, because LevelDB drops damaged records of its
 * write-ahead log without an error (replication.md §2.5).
 *
 * Two slots of one sector each, written in turn and synced: a power cut spoils at most the slot that was being written,
 * and the other is one write older. What is not a state must be zero, so a flipped octet anywhere is seen.
 */
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeState, encodeState, type LogState, STATE_BYTES } from './log-state.ts';

const SLOT_BYTES = 512; // Disks write a sector of 512 octets whole or not at all.
const FILE_BYTES = 2 * SLOT_BYTES;

export interface HeadFileContent {
  /** The newest state that reads well; null when there is none. */
  readonly state: LogState | null;
  /** What is wrong with the file, empty when nothing is. */
  readonly problem: string;
}

/** Null when there is no file: a log that was never opened here. */
export async function readHeadFile(path: string): Promise<HeadFileContent | null> {
  let octets: Buffer;
  try {
    octets = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  if (octets.length !== FILE_BYTES) {
    return { state: null, problem: `head file has ${octets.length} octets instead of ${FILE_BYTES}` };
  }
  const slots = [slotOf(octets, 0), slotOf(octets, 1)] as const;
  const states = slots.filter((slot) => slot !== 'empty' && slot !== 'damaged');
  const state = states.reduce<LogState | null>(
    (newest, s) => (newest && newest.writes > s.writes ? newest : s),
    null,
  );
  const bad = slots.indexOf('damaged');
  // Only a new file has an empty slot, its second.
  const wrongEmpty = slots[0] === 'empty' || (slots[1] === 'empty' && state !== null && state.writes > 0n);
  if (bad >= 0) return { state, problem: `slot ${bad + 1} of the head file is damaged` };
  if (wrongEmpty) return { state, problem: 'a slot of the head file is empty' };
  return { state, problem: '' };
}

function slotOf(octets: Buffer, index: number): LogState | 'empty' | 'damaged' {
  const slot = octets.subarray(index * SLOT_BYTES, (index + 1) * SLOT_BYTES);
  if (slot.every((octet) => octet === 0)) return 'empty';
  if (slot.subarray(STATE_BYTES).some((octet) => octet !== 0)) return 'damaged';
  return decodeState(slot.subarray(0, STATE_BYTES)) ?? 'damaged';
}

export class HeadFile {
  readonly #file: FileHandle;
  #later: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens the file for writing; with `fresh`, makes a new one that holds that state in both meanings of the word. */
  static async open(path: string, fresh: LogState | null): Promise<HeadFile> {
    if (fresh) {
      const made = `${path}.new`;
      const octets = Buffer.alloc(FILE_BYTES);
      encodeState(fresh).copy(octets, Number(fresh.writes % 2n) * SLOT_BYTES);
      if (fresh.writes > 0n) encodeState(fresh).copy(octets, Number((fresh.writes + 1n) % 2n) * SLOT_BYTES);
      const file = await open(made, 'w', 0o600);
      await file.writeFile(octets);
      await file.sync();
      await file.close();
      await rename(made, path);
      await syncFolder(dirname(path));
    }
    return new HeadFile(await open(path, 'r+'));
  }

  /** Resolves when the state is on stable storage. */
  async write(state: LogState): Promise<void> {
    const slot = Buffer.alloc(SLOT_BYTES);
    encodeState(state).copy(slot);
    const { bytesWritten } = await this.#file.write(
      slot,
      0,
      SLOT_BYTES,
      Number(state.writes % 2n) * SLOT_BYTES,
    );
    if (bytesWritten !== SLOT_BYTES) throw new Error('head file: short write');
    await this.#file.datasync();
  }

  /** Begins the write; the next one, or who must know, waits for `settled`. */
  writeLater(state: LogState): void {
    this.#later = this.write(state);
    this.#later.catch(() => {}); // Told by `settled`.
  }

  /** Resolves when all that was begun is on stable storage; rejects with what failed. */
  settled(): Promise<void> {
    return this.#later;
  }

  async close(): Promise<void> {
    await this.#later.catch(() => {});
    await this.#file.close();
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
