/**
 * Copies of mails that other gateways accepted, on this gateway's disk: `shadow/<owner>/<epoch>/<spoolId>.sgf`.
 *
 * The epoch is the one the owner had when it asked for the copy, not the one in the mail's name: when the owner's spool
 * is at a later epoch, everything below an earlier one is to be adopted. Copies are sealed; nobody here can read them.
 * Durability: `put` resolves when octets and name are on stable storage; one folder sync serves all who wait.
 * Errors: `put` rejects with CopyError `cut-off` (fewer octets than told) or `full`, else with that of the system.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { FolderSync } from '#node/spool/folder-sync.ts';
import { SPOOL_FILE_SUFFIX, spoolIdOfFile } from '#node/spool/spool-id.ts';
import { writeSynced } from '#node/spool/synced-file.ts';
import { syncFolder } from './synced-lines.ts';

/** Up to here a copy is gathered and written at once; a larger one streams. */
const GATHER_BYTES_MAX = 512 * 1024;
const WRITE_BYTES = 1024 * 1024; // Of a streaming copy: eight large mails at once need some 16 MB.
const FREE_CHECK_MS = 500;
const OWNER = /^[a-z0-9-]{1,80}$/;

export class CopyError extends Error {
  readonly code: 'cut-off' | 'full';
  constructor(code: CopyError['code'], message: string) {
    super(message);
    this.name = 'CopyError';
    this.code = code;
  }
}

export interface HeldEpoch {
  readonly epoch: number;
  readonly ids: ReadonlySet<string>;
}

export class CopyStore {
  readonly #root: string;
  readonly #freeBytesMin: number;
  readonly #owners = new Map<string, Map<number, Set<string>>>();
  readonly #syncs = new Map<string, Promise<FolderSync>>();
  #serial = 0;
  #freeBytes = 0;
  #freeCheckedMs = Number.NEGATIVE_INFINITY;

  /** Removes what an earlier run left unfinished: nobody was told that it is held. */
  constructor(root: string, freeBytesMin: number) {
    this.#root = root;
    this.#freeBytesMin = freeBytesMin;
    mkdirSync(root, { recursive: true, mode: 0o700 });
    for (const owner of readdirSync(root)) {
      if (!OWNER.test(owner)) continue;
      for (const name of readdirSync(join(root, owner))) {
        if (!/^\d+$/.test(name)) continue;
        for (const file of readdirSync(join(root, owner, name))) {
          const id = spoolIdOfFile(file);
          if (id !== null) this.#idsOf(owner, Number(name)).add(id);
          else rmSync(join(root, owner, name, file), { force: true });
        }
      }
    }
  }

  #idsOf(owner: string, epoch: number): Set<string> {
    const epochs = this.#owners.get(owner) ?? new Map<number, Set<string>>();
    this.#owners.set(owner, epochs);
    const ids = epochs.get(epoch) ?? new Set<string>();
    epochs.set(epoch, ids);
    return ids;
  }

  folderOf(owner: string): string {
    if (!OWNER.test(owner)) throw new Error('not a node id');
    return join(this.#root, owner);
  }

  pathOf(owner: string, epoch: number, id: string): string {
    return join(this.folderOf(owner), String(epoch), `${id}${SPOOL_FILE_SUFFIX}`);
  }

  owners(): string[] {
    return [...this.#owners.keys()];
  }

  /** Oldest first. */
  epochsOf(owner: string): HeldEpoch[] {
    const epochs = [...(this.#owners.get(owner) ?? [])];
    return epochs.map(([epoch, ids]) => ({ epoch, ids })).sort((a, b) => a.epoch - b.epoch);
  }

  get count(): number {
    let count = 0;
    for (const epochs of this.#owners.values()) for (const ids of epochs.values()) count += ids.size;
    return count;
  }

  async put(owner: string, epoch: number, id: string, body: Readable, sizeBytes: number): Promise<void> {
    this.#checkRoom(sizeBytes);
    const folder = join(this.folderOf(owner), String(epoch));
    const sync = await this.#syncOf(owner, folder);
    this.#serial += 1;
    const draft = join(folder, `${id}.${this.#serial}.tmp`);
    try {
      const written =
        sizeBytes <= GATHER_BYTES_MAX ? await gathered(draft, body, sizeBytes) : await streamed(draft, body);
      if (written !== sizeBytes) throw new CopyError('cut-off', `${written} of ${sizeBytes} octets`);
      renameSync(draft, this.pathOf(owner, epoch, id));
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
    this.#idsOf(owner, epoch).add(id);
    await sync.sync();
  }

  #checkRoom(sizeBytes: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#freeCheckedMs >= FREE_CHECK_MS) {
      const { bavail, bsize } = statfsSync(this.#root);
      this.#freeBytes = bavail * bsize;
      this.#freeCheckedMs = nowMs;
    }
    if (this.#freeBytes - sizeBytes < this.#freeBytesMin) throw new CopyError('full', 'no room for copies');
  }

  #syncOf(owner: string, folder: string): Promise<FolderSync> {
    const known = this.#syncs.get(folder);
    if (known) return known;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const above of [this.folderOf(owner), this.#root]) syncFolder(above);
    const opening = FolderSync.open(folder);
    this.#syncs.set(folder, opening);
    return opening;
  }

  /** Of whatever epoch. Not synced: one that comes back after a power cut is asked for again. */
  async discard(owner: string, ids: readonly string[]): Promise<void> {
    for (const { epoch } of this.epochsOf(owner)) {
      const held = this.#idsOf(owner, epoch);
      for (const id of ids) if (held.has(id)) await this.#remove(owner, epoch, id);
    }
  }

  async #remove(owner: string, epoch: number, id: string): Promise<void> {
    this.#idsOf(owner, epoch).delete(id);
    await unlink(this.pathOf(owner, epoch, id)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  /** The copy is a mail of this gateway from now on, at `target`. The caller syncs the folder of that. False: none is here. */
  moveOut(owner: string, epoch: number, id: string, target: string): boolean {
    if (!this.#idsOf(owner, epoch).delete(id)) return false;
    renameSync(this.pathOf(owner, epoch, id), target);
    return true;
  }

  async close(): Promise<void> {
    for (const sync of this.#syncs.values()) await (await sync).close();
  }
}

async function gathered(path: string, body: Readable, sizeBytes: number): Promise<number> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > sizeBytes) throw new CopyError('cut-off', 'more octets than told');
    pieces.push(piece);
  }
  await writeSynced(path, Buffer.concat(pieces));
  return bytes;
}

async function streamed(path: string, body: Readable): Promise<number> {
  const file = await open(path, 'w', 0o600);
  let total = 0;
  try {
    let pieces: Buffer[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      if (bytes > 0) await file.writeFile(Buffer.concat(pieces));
      total += bytes;
      pieces = [];
      bytes = 0;
    };
    for await (const piece of body as AsyncIterable<Buffer>) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= WRITE_BYTES) await flush();
    }
    await flush();
    await file.datasync();
  } finally {
    await file.close();
  }
  return total;
}
