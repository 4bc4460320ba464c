/**
 * Makes names in a folder durable, one fsync for all who wait (group commit).
 *
 * Whoever asks while an fsync runs joins the next one, since the running one may have begun before his rename.
 * By a `FileHandle` that stays open: the permission model refuses `fs.fsync` (see permission-arguments.ts).
 * Errors: rejects with the error of the fsync, for all who waited for it and for all who come later: the kernel may
 *         have dropped what it could not write, so a second fsync that succeeds proves nothing.
 */
import { type FileHandle, open } from 'node:fs/promises';

export class FolderSync {
  readonly #folder: FileHandle;
  #next: Promise<void> | null = null;
  #running: Promise<void> = Promise.resolve();

  private constructor(folder: FileHandle) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<FolderSync> {
    return new FolderSync(await open(folder, 'r'));
  }

  /** Resolves when every name made in the folder before the call is on stable storage. */
  sync(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      this.#running = this.#folder.sync();
      return this.#running;
    });
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#running.catch(() => {});
    await this.#folder.close();
  }
}
