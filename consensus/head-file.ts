/**
 * The head file: what the log is known to hold, kept apart from LevelDB, because LevelDB drops damaged records of its
 * write-ahead log without an error (replication.md §2.5).
 *
 * Two slots of one sector each, written in turn and synced: a power cut spoils at most the slot that was being written,
 * and the other is one write older. What is not a state must be zero, so a flipped octet anywhere is seen.
 * Where events stand elsewhere, too, a state may be written a moment later, one write for all that came meanwhile: its
 * sync would slow down those that somebody waits for.
 */
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeState, encodeState, type LogState, STATE_BYTES } from './log-state.ts';

const SLOT_BYTES = 512; // Disks write a sector of 512 octets whole or not at all.
const FILE_BYTES = 2 * SLOT_BYTES;
const SOON_MS = 100; // A tenth of the syncs at ten writes a second, a hundredth in a burst.

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
  /** The slot that is written next: not the one that holds the newest state. */
  #slot: 0 | 1;
  #writes: Promise<void> = Promise.resolve();
  #soon: { state: LogState; timer: NodeJS.Timeout } | null = null;
  #failure: { error: unknown } | null = null;

  private constructor(file: FileHandle, slot: 0 | 1) {
    this.#file = file;
    this.#slot = slot;
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
    const octets = await readFile(path);
    const [first, second] = [slotOf(octets, 0), slotOf(octets, 1)].map((slot) =>
      slot === 'empty' || slot === 'damaged' ? -1n : slot.writes,
    );
    return new HeadFile(await open(path, 'r+'), first! > second! ? 1 : 0);
  }

  /** Resolves when the state is on stable storage. */
  write(state: LogState): Promise<void> {
    const written = this.#writes.then(() => this.#writeSlot(state));
    this.#writes = written.catch((error) => {
      this.#failure ??= { error };
    });
    return written;
  }

  async #writeSlot(state: LogState): Promise<void> {
    const slot = Buffer.alloc(SLOT_BYTES);
    encodeState(state).copy(slot);
    const { bytesWritten } = await this.#file.write(slot, 0, SLOT_BYTES, this.#slot * SLOT_BYTES);
    if (bytesWritten !== SLOT_BYTES) throw new Error('head file: short write');
    await this.#file.datasync();
    this.#slot = this.#slot === 0 ? 1 : 0;
  }

  /** Within SOON_MS, with what comes until then. `assertSound` and `settled` tell what failed. */
  writeSoon(state: LogState): void {
    if (this.#soon) this.#soon.state = state;
    else this.#soon = { state, timer: setTimeout(() => void this.settled().catch(() => {}), SOON_MS) };
  }

  /** Throws what an earlier write failed with. */
  assertSound(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when all that was given is on stable storage; rejects with what failed. */
  async settled(): Promise<void> {
    if (this.#soon) {
      clearTimeout(this.#soon.timer);
      const { state } = this.#soon;
      this.#soon = null;
      void this.write(state).catch(() => {});
    }
    await this.#writes;
    this.assertSound();
  }

  async close(): Promise<void> {
    await this.settled().catch(() => {});
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
