/**
 * Makes names in a folder durable, one fsync for all who wait (group commit).
 *
 * Whoever asks while an fsync runs joins the next one, since the running one may have begun before his rename.
 * By a `FileHandle` that stays open: the permission model refuses `fs.fsync` (see permission-arguments.ts).
 * Errors: rejects with the error of the fsync, for all who waited for it and for all who come later: the kernel may
 *         have dropped what it could not write, so a second fsync that succeeds proves nothing.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { SpareFiles } from './spare-files.ts';

export class FolderSync {
  readonly #folder: FileHandle;
  #next: Promise<void> | null = null;
  #running: Promise<void> = Promise.resolve();

  readonly #spares: SpareFiles | null;

  private constructor(folder: FileHandle, spares: SpareFiles | null) {
    this.#folder = folder;
    this.#spares = spares;
  }

  /** `spares` come from this folder: each sync makes some of them usable. */
  static async open(folder: string, spares: SpareFiles | null = null): Promise<FolderSync> {
    return new FolderSync(await open(folder, 'r'), spares);
  }

  /** Resolves when every name made in the folder before the call is on stable storage. */
  sync(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      this.#running = this.#syncNow();
      return this.#running;
    });
    return this.#next;
  }

  async #syncNow(): Promise<void> {
    const makeUsable = this.#spares?.beforeSync();
    await this.#folder.sync();
    makeUsable?.();
  }

  async close(): Promise<void> {
    await this.#running.catch(() => {});
    await this.#folder.close();
  }
}
