/**
 * Puts outgoing mails into the queue: sealed to the sending process, durable when `write` resolves.
 *
 * Each copy is written to `incoming` and synced; when all of a mail are, they are renamed into `ready`, so that a
 * mail that fails half-way has not begun to leave, and does not leave again at each new try. One fsync of that folder
 * serves all copies and all mails that wait at the same moment. A copy whose file is there already is left as it is
 * (see `queueIdOf`).
 * Errors: `QueueWriteError`, `queue-full` (may be tried again later) or `queue-broken` (a failed sync: an operator is
 * needed). Some of the copies may be queued then; writing all of them again is safe.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { FolderSync } from '#node/spool/folder-sync.ts';
import { Sealer } from '#node/spool/sealed-file.ts';
import { SpareFiles } from '#node/spool/spare-files.ts';
import { writeSynced } from '#node/spool/synced-file.ts';
import { writeDurably } from './durable-file.ts';
import { type QueueHeader, queueFileOf } from './queue-header.ts';

const WRITE_BYTES = 256 * 1024; // Up to here a mail is sealed and written at once, a larger one in writes of this size.
const PUBLIC_KEY_BYTES = 32;

export class QueueWriteError extends Error {
  readonly code: 'queue-full' | 'queue-broken';
  constructor(code: QueueWriteError['code'], message: string) {
    super(message);
    this.name = 'QueueWriteError';
    this.code = code;
  }
}

export interface QueueCopy {
  readonly header: QueueHeader;
  /** The mail's octets, CRLF line ends, no dot-stuffing. Read once, before `write` resolves. */
  readonly pieces: Iterable<Uint8Array>;
}

/** On stable storage, under a name that the sender does not look at. */
interface Draft {
  readonly path: string;
  readonly target: string;
}

export interface QueueWriter {
  /** Queues all copies with one wait. Resolves when they are on stable storage. */
  write(copies: readonly QueueCopy[]): Promise<void>;
  close(): Promise<void>;
}

/** The queue's folders and public key must be there: the sending process makes them at its first start. */
export function queueWriter(layout: Layout): QueueWriter {
  const publicKey = readFileSync(layout.queuePublicKey);
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new Error(`${layout.queuePublicKey} is not a public key`);
  mkdirSync(layout.queueIncoming, { recursive: true, mode: 0o700 });
  const spares = new SpareFiles(layout.queueSpare);
  let ready: Promise<FolderSync> | null = null;

  /** Null when the copy is queued already. */
  async function draftOf(copy: QueueCopy): Promise<Draft | null> {
    const target = join(layout.queueReady, queueFileOf(copy.header.queueId));
    if (existsSync(target)) return null;
    const name = `${copy.header.queueId}.${randomBytes(4).toString('hex')}.tmp`;
    const path = join(layout.queueIncoming, name);
    const sealer = new Sealer(publicKey);
    const pieces = copy.pieces[Symbol.iterator]();
    const front = gathered(pieces);
    if (front.whole) await writeSynced(path, Buffer.concat(sealer.whole(copy.header, front.held)), spares);
    else await writeDurably(path, (fd) => writeLarge(fd, sealer, copy.header, front.held, pieces));
    return { path, target };
  }

  async function draftsOf(copies: readonly QueueCopy[]): Promise<Draft[]> {
    const ends = await Promise.allSettled(copies.map(draftOf));
    const drafts = ends.flatMap((end) => (end.status === 'fulfilled' ? (end.value ?? []) : []));
    const failed = ends.find((end) => end.status === 'rejected');
    if (!failed) return drafts;
    for (const draft of drafts) rmSync(draft.path, { force: true });
    throw failed.reason;
  }

  return {
    async write(copies) {
      try {
        for (const draft of await draftsOf(copies)) renameSync(draft.path, draft.target);
        ready ??= FolderSync.open(layout.queueReady, spares);
        await (await ready).sync();
      } catch (error) {
        throw writeError(error as NodeJS.ErrnoException);
      }
    },
    async close() {
      await (await ready)?.close();
      ready = null;
    },
  };
}

/** A small mail, or the first octets of a large one. */
function gathered(pieces: Iterator<Uint8Array>): { held: Uint8Array[]; whole: boolean } {
  const held: Uint8Array[] = [];
  for (let heldBytes = 0; heldBytes <= WRITE_BYTES; ) {
    const next = pieces.next();
    if (next.done) return { held, whole: true };
    held.push(next.value);
    heldBytes += next.value.length;
  }
  return { held, whole: false };
}

function writeLarge(
  fd: number,
  sealer: Sealer,
  header: QueueHeader,
  first: readonly Uint8Array[],
  rest: Iterator<Uint8Array>,
): void {
  let sealed = sealer.begin(header);
  let sealedBytes = 0;
  const seal = (piece: Uint8Array): void => {
    for (const part of sealer.push(piece)) {
      sealed.push(part);
      sealedBytes += part.length;
    }
    if (sealedBytes < WRITE_BYTES) return;
    writeAll(fd, sealed);
    sealed = [];
    sealedBytes = 0;
  };
  for (const piece of first) seal(piece);
  for (let next = rest.next(); !next.done; next = rest.next()) seal(next.value);
  writeAll(fd, [...sealed, ...sealer.end()]);
}

/** A full disk can cut a write short before the next one fails. */
function writeAll(fd: number, buffers: readonly Buffer[]): void {
  let rest = Buffer.concat(buffers);
  while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
}

function writeError(error: NodeJS.ErrnoException): Error {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new QueueWriteError('queue-full', 'no space left for the queue');
  }
  if (error.code === 'EIO' || error.code === 'EROFS') {
    return new QueueWriteError('queue-broken', `the queue cannot be written: ${error.code}`);
  }
  return error;
}
