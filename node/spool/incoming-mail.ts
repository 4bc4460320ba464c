/**
 * One mail on its way into the spool: `push` its octets, then `commit` or `abort`.
 *
 * A small mail stays in memory and becomes one write at its end; a larger one streams to its file in sealed pieces,
 * with its header put in front last. `commit` resolves when the mail would survive a power cut: data synced, renamed
 * from `incoming` into `ready`, folder synced. Until then nothing has the name of a spooled mail.
 */
import { renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import type { FolderSync } from './folder-sync.ts';
import { Sealer } from './sealed-file.ts';
import type { SpareFiles } from './spare-files.ts';
import { SPOOL_FILE_SUFFIX } from './spool-id.ts';
import type { SpoolPublicKey } from './spool-public-key.ts';
import { writeSynced } from './synced-file.ts';

/**
 * Runs beside the writing, and must succeed, too, before the mail gets its name: all its sealed octets, or null for a
 * large mail, whose file `incoming/<spoolId>.tmp` is complete but not synced yet.
 */
export type WhileSpooling = (sizeBytes: number, bytes: Uint8Array | null) => Promise<void>;

/** Up to here a mail is sealed and written at once. With 500 connections at most 128 MB, usually some KB each. */
export const MEMORY_BYTES_MAX = 256 * 1024;
/** A streaming mail's write: few system calls, and eight large mails at once need 8 MB. */
const WRITE_BYTES = 1024 * 1024;

export interface SpoolFolders {
  readonly incoming: string;
  readonly ready: string;
  readonly readySync: FolderSync;
  readonly spares: SpareFiles;
  readonly publicKey: SpoolPublicKey;
}

export class IncomingMail {
  readonly spoolId: string;
  readonly #folders: SpoolFolders;
  readonly #path: string;
  readonly #sealer: Sealer;
  readonly #headerBytesMax: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Set when the mail streams. */
  #file: Promise<FileHandle> | null = null;
  #position = 0;
  #writes: Promise<void> = Promise.resolve();
  #sizeBytes = 0;
  #failure: unknown = null;

  /** `headerBytesMax`: no header that is committed is longer as JSON. */
  constructor(spoolId: string, headerBytesMax: number, folders: SpoolFolders) {
    this.spoolId = spoolId;
    this.#folders = folders;
    this.#headerBytesMax = headerBytesMax;
    this.#path = join(folders.incoming, `${spoolId}.tmp`);
    this.#sealer = new Sealer(folders.publicKey());
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** `bytes` must not change afterwards. A promise asks to wait with the next piece; it never rejects. */
  push(bytes: Uint8Array): Promise<void> | undefined {
    this.#sizeBytes += bytes.length;
    if (this.#failure !== null) return undefined; // Told at the end of the mail.
    if (this.#file !== null) return this.#stream(this.#sealer.push(bytes));
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= MEMORY_BYTES_MAX) return undefined;
    this.#position = this.#sealer.beginLate(this.#headerBytesMax);
    this.#file = open(this.#path, 'wx', 0o600);
    this.#file.catch((error) => this.#fail(error));
    const sealed = this.#held.flatMap((piece) => this.#sealer.push(piece));
    this.#held = [];
    this.#heldBytes = 0;
    return this.#stream(sealed);
  }

  /** Rejects with the error of the file system, or that of `beside`; nothing of the mail is left then. */
  async commit(header: SpoolHeader, beside: WhileSpooling | null = null): Promise<void> {
    const target = join(this.#folders.ready, `${this.spoolId}${SPOOL_FILE_SUFFIX}`);
    try {
      if (this.#file === null) await this.#writeSmall(header, beside);
      else await this.#finishLarge(this.#file, header, beside);
      renameSync(this.#path, target);
    } catch (error) {
      rmSync(this.#path, { force: true });
      throw error;
    }
    try {
      await this.#folders.readySync.sync();
    } catch (error) {
      // The mail may be on its way already; then it arrives twice, because the sender is told 4xx.
      rmSync(target, { force: true });
      throw error;
    }
  }

  async #writeSmall(header: SpoolHeader, beside: WhileSpooling | null): Promise<void> {
    const whole = Buffer.concat(this.#sealer.whole(header, this.#held));
    this.#held = [];
    const writing = writeSynced(this.#path, whole, this.#folders.spares);
    await (beside === null ? writing : both(writing, beside(whole.length, whole)));
  }

  async #finishLarge(
    opening: Promise<FileHandle>,
    header: SpoolHeader,
    beside: WhileSpooling | null,
  ): Promise<void> {
    this.#hold(this.#sealer.end());
    this.#flush();
    this.#position = 0;
    this.#hold(this.#sealer.front(header));
    this.#flush();
    await this.#writes;
    const file = await opening;
    try {
      if (this.#failure !== null) throw this.#failure;
      if (beside === null) await file.datasync();
      else await both(file.datasync(), beside((await file.stat()).size, null));
    } finally {
      file.close().catch(() => {}); // Synced or given up: there is nothing left to lose.
    }
  }

  /** Drops the mail. Not after `commit`. */
  abort(): void {
    this.#fail(new Error('aborted'));
    if (this.#file === null) return;
    const close = async (): Promise<void> => {
      const file = await this.#file?.catch(() => null);
      await this.#writes;
      await file?.close();
      rmSync(this.#path, { force: true });
    };
    close().catch(() => {}); // What could not be removed now is removed at the next start.
  }

  #hold(sealed: readonly Buffer[]): void {
    for (const piece of sealed) {
      this.#held.push(piece);
      this.#heldBytes += piece.length;
    }
  }

  #stream(sealed: readonly Buffer[]): Promise<void> | undefined {
    this.#hold(sealed);
    return this.#heldBytes >= WRITE_BYTES ? this.#flush() : undefined;
  }

  /** One write at a time: the next one is prepared while it runs, and then the sender has to wait. */
  #flush(): Promise<void> {
    const before = this.#writes;
    const bytes = Buffer.concat(this.#held);
    const at = this.#position;
    this.#position += bytes.length;
    this.#held = [];
    this.#heldBytes = 0;
    this.#writes = before.then(async () => {
      if (this.#failure !== null) return;
      try {
        const file = await this.#file!;
        for (let done = 0; done < bytes.length; ) {
          done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
        }
      } catch (error) {
        this.#fail(error);
      }
    });
    return before;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#held = [];
    this.#heldBytes = 0;
  }
}

/** Waits for both also when one fails: its file must not be touched any more when the caller removes it. */
async function both(writing: Promise<void>, beside: Promise<void>): Promise<void> {
  for (const end of await Promise.allSettled([writing, beside])) {
    if (end.status === 'rejected') throw end.reason;
  }
}
