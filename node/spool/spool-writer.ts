/**
 * The writing side of the spool: mails sealed to the spool key, durable before anyone is told 250.
 *
 * Of the safe ways to write (octets synced before the name appears, name synced before 250), measured with 10 KB mails
 * and 20 at a time on ext4: one file a mail, one O_DSYNC write, rename, one folder sync for all mails that wait. CPU a
 * mail 755 µs, with `fdatasync` 690 µs (but the permission model refuses it), with `FileHandle.datasync` 911 µs; a folder
 * sync for each mail instead of a shared one costs a third of the throughput (2,650/s where sharing gives 4,160/s). Where
 * there is a spare file (spare-files.ts), the write goes over it instead of into a new one.
 * To delay or fail the syncs in a test: `pwrite64`, `fdatasync` (large mails), `fsync` (folder).
 *
 * States: `broken` after a failed sync (EIO): the kernel may have dropped what it could not write, so nothing more is
 * accepted until an operator has looked and restarted the process. `full` heals by itself.
 */
import { readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import { FolderSync } from './folder-sync.ts';
import { IncomingMail, type SpoolFolders, type WhileSpooling } from './incoming-mail.ts';
import { SpareFiles } from './spare-files.ts';
import type { SpoolPublicKey } from './spool-public-key.ts';

const FREE_CHECK_MS = 500; // Between two looks at the free space; at 100 MB/s less than freeBytesMin goes by.
const FULL_CODES = ['ENOSPC', 'EDQUOT', 'EFBIG'];

export type SpoolState = 'ready' | 'full' | 'broken';

export class SpoolError extends Error {
  readonly code: 'spool-full' | 'spool-broken' | 'spool-fault' | 'not-copied';
  constructor(code: SpoolError['code'], message: string) {
    super(message);
    this.name = 'SpoolError';
    this.code = code;
  }
}

export interface SpoolWriterOptions {
  readonly incoming: string;
  readonly ready: string;
  /** Files of settled mails. */
  readonly spare: string;
  readonly publicKey: SpoolPublicKey;
  readonly freeBytesMin: number;
  /** Once, when a sync failed. */
  readonly onBroken: (error: Error) => void;
}

export class SpoolWriter {
  readonly #options: SpoolWriterOptions;
  readonly #folders: SpoolFolders;
  #broken = false;
  #freeBytes = 0;
  #freeCheckedMs = Number.NEGATIVE_INFINITY;

  private constructor(options: SpoolWriterOptions, readySync: FolderSync, spares: SpareFiles) {
    this.#options = options;
    this.#folders = { ...options, readySync, spares };
  }

  /** Removes what an earlier run left unfinished: nobody was told 250 for it. */
  static async open(options: SpoolWriterOptions): Promise<SpoolWriter> {
    for (const name of readdirSync(options.incoming)) {
      rmSync(join(options.incoming, name), { force: true, recursive: true });
    }
    const spares = new SpareFiles(options.spare);
    return new SpoolWriter(options, await FolderSync.open(options.ready, spares), spares);
  }

  /** Whether a mail of `declaredBytes` may come in. */
  stateFor(declaredBytes: number): SpoolState {
    if (this.#broken) return 'broken';
    const nowMs = performance.now();
    if (nowMs - this.#freeCheckedMs >= FREE_CHECK_MS) {
      const { bavail, bsize } = statfsSync(this.#options.incoming);
      this.#freeBytes = bavail * bsize;
      this.#freeCheckedMs = nowMs;
    }
    return this.#freeBytes - declaredBytes < this.#options.freeBytesMin ? 'full' : 'ready';
  }

  incoming(spoolId: string, headerBytesMax: number): IncomingMail {
    return new IncomingMail(spoolId, headerBytesMax, this.#folders);
  }

  /** Resolves when the mail is on stable storage; rejects with a `SpoolError`, and nothing of it is left. */
  async commit(mail: IncomingMail, header: SpoolHeader, beside: WhileSpooling | null = null): Promise<void> {
    if (this.#broken) {
      mail.abort();
      throw new SpoolError('spool-broken', 'an earlier sync failed');
    }
    try {
      await mail.commit(header, beside);
    } catch (error) {
      if (error instanceof SpoolError) throw error; // Of `beside`.
      throw this.#judge(error as NodeJS.ErrnoException);
    }
  }

  #judge(error: NodeJS.ErrnoException): SpoolError {
    if (FULL_CODES.includes(error.code ?? '')) {
      this.#freeCheckedMs = Number.NEGATIVE_INFINITY;
      return new SpoolError('spool-full', error.message);
    }
    const isSync = error.syscall === 'fsync' || error.syscall === 'fdatasync';
    if (!isSync && error.code !== 'EIO' && error.code !== 'EROFS') {
      return new SpoolError('spool-fault', error.message);
    }
    if (!this.#broken) {
      this.#broken = true;
      this.#options.onBroken(error);
    }
    return new SpoolError('spool-broken', error.message);
  }

  async close(): Promise<void> {
    await this.#folders.readySync.close();
  }
}
