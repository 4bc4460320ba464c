/**
 * Files of mails that have ended, kept for a moment to be written over by new ones.
 *
 * Making a file and removing it costs a file system more than the octets of a small mail: an inode has to be found,
 * blocks allocated, all of that synced. Over a spare file of the same size a synced write is the octets alone.
 *
 * Two sides: the process that ends mails keeps spares (`keepSpares`), the one that makes them takes spares
 * (`SpareFiles`). A spare is taken by renaming it, so by one only.
 * Safe:   a spare was a mail, under a name in `ready`. Were it written over before the end of that name is on stable
 *         storage, a power cut could bring the name back with half of another mail. So only spares that were there
 *         before a sync of `ready` began are taken after it.
 * Rest:   the sealed octets of an ended mail stay until they are written over, REST_MS at most twice.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_STEP_BYTES } from './sealed-file.ts';

const SPARE_BYTES_MAX = 128 * 1024; // Most mails. With SPARES_MAX of them at most 128 MB, usually some 16 MB.
const SPARES_MAX = 1024; // What arrives in a few seconds ahead of what leaves.
const REST_MS = 60_000;
const LIST_BELOW = 16; // Looking into the folder costs some 30 µs: not at each sync.

/** `<steps>-<number>`: whoever takes one knows its size. Numbers are never used again by a later run. */
function spareName(sizeBytes: number, serial: string): string {
  return `${Math.ceil(sizeBytes / FILE_STEP_BYTES)}-${serial}`;
}

export interface SpareKeeper {
  /** Ends a file that nobody has open any more: it becomes a spare, or is removed. Rejects when it is still there. */
  end(path: string): Promise<void>;
  stop(): void;
}

/** What an earlier run kept is removed. */
export function keepSpares(folder: string): SpareKeeper {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
  const run = Date.now().toString(36);
  let serial = 0;
  let room = SPARES_MAX;
  let resting = new Set<string>();

  /** Those that nobody wanted for so long. */
  const timer = setInterval(() => {
    const names = readdirSync(folder);
    for (const name of names) if (resting.has(name)) rmSync(join(folder, name), { force: true });
    resting = new Set(names);
    room = SPARES_MAX - names.length;
  }, REST_MS);
  timer.unref();

  function toSpares(path: string): boolean {
    if (room <= 0) room = SPARES_MAX - readdirSync(folder).length;
    const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (room <= 0 || sizeBytes === 0 || sizeBytes > SPARE_BYTES_MAX) return false;
    try {
      renameSync(path, join(folder, spareName(sizeBytes, `${run}-${serial++}`)));
      room -= 1;
      return true;
    } catch {
      return false; // Then it is removed, or that tells why not.
    }
  }

  return {
    async end(path) {
      if (toSpares(path)) return;
      // Not the synchronous one: removing a large file can take milliseconds, in which nothing else would move.
      await unlink(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    },
    stop: () => clearInterval(timer),
  };
}

/** Spares that may be taken: see `Safe`. */
export class SpareFiles {
  readonly #folder: string;
  /** By their steps. */
  #usable = new Map<string, string[]>();
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Before a sync of the folder that spares come from; the result is to be called when that sync has succeeded. */
  beforeSync(): (() => void) | null {
    if (this.#count >= LIST_BELOW) return null;
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return null; // Nobody has kept any yet.
    }
    return () => {
      this.#count = names.length;
      this.#usable = Map.groupBy(names, (name) => name.slice(0, name.indexOf('-')));
    };
  }

  /**
   * Moves a spare file to `path`, which does not exist, and opens it: writes are synced. Its octets are those of another
   * mail, `sizeBytes` or fewer of them. Null: there is none.
   */
  take(path: string, sizeBytes: number): number | null {
    for (let name = this.#next(sizeBytes); name !== null; name = this.#next(sizeBytes)) {
      try {
        renameSync(join(this.#folder, name), path);
      } catch {
        continue; // Taken by another, or removed.
      }
      const fd = openSpare(path, sizeBytes);
      if (fd !== null) return fd;
    }
    return null;
  }

  #next(sizeBytes: number): string | null {
    if (this.#count === 0) return null;
    const steps = `${Math.ceil(sizeBytes / FILE_STEP_BYTES)}`;
    const fitting = this.#usable.get(steps) ?? this.#usable.values().next().value ?? [];
    const name = fitting.pop() ?? null;
    this.#count -= 1;
    if (fitting.length === 0)
      for (const [key, names] of this.#usable) if (names === fitting) this.#usable.delete(key);
    return name;
  }
}

/** Null when it cannot be written over; it is removed then. */
function openSpare(path: string, sizeBytes: number): number | null {
  let fd: number | null = null;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_DSYNC);
    const { size, nlink } = fstatSync(fd);
    if (nlink !== 1) throw new Error('someone keeps this mail by a link of his own');
    if (size > sizeBytes) ftruncateSync(fd, sizeBytes);
    return fd;
  } catch {
    if (fd !== null) closeSync(fd);
    rmSync(path, { force: true });
    return null;
  }
}
