/**
 * A file of JSON lines that only grows and is durable line by line: one fdatasync for all who wait.
 *
 * A torn last line was never promised to anyone and is cut off at the next start.
 * Errors: an append rejects with the error of the system, and so do all later ones: after a failed sync nothing that
 *         succeeds proves anything.
 */
import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export class SyncedLines {
  readonly #path: string;
  #file: FileHandle | null = null;
  #waiting: string[] = [];
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** The complete lines, parsed; a damaged one is left out. */
  read(): unknown[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .flatMap((line) => (line === '' ? [] : parsed(line)));
  }

  append(...values: readonly unknown[]): Promise<void> {
    for (const value of values) this.#waiting.push(JSON.stringify(value));
    this.#next ??= (this.#running ?? Promise.resolve()).then(() => {
      this.#next = null;
      this.#running = this.#write();
      return this.#running;
    });
    return this.#next;
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length === 0) return;
    this.#file ??= await this.#open();
    await this.#file.appendFile(`${lines.join('\n')}\n`);
    await this.#file.datasync();
  }

  /** A line that was cut off by a crash must not swallow the next one. */
  async #open(): Promise<FileHandle> {
    const file = await open(this.#path, 'a+', 0o600);
    const { size } = await file.stat();
    if (size > 0) {
      const last = Buffer.alloc(1);
      await file.read(last, 0, 1, size - 1);
      if (last[0] !== 0x0a) await file.appendFile('\n');
    }
    syncFolder(dirname(this.#path));
    return file;
  }

  /** Puts these lines in the place of all others. Nothing may be appended meanwhile. */
  async rewrite(values: readonly unknown[]): Promise<void> {
    await this.close();
    if (values.length === 0) {
      await rm(this.#path, { force: true });
      return;
    }
    const draft = `${this.#path}.new`;
    const file = await open(draft, 'w', 0o600);
    await file.writeFile(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    await file.datasync();
    await file.close();
    await rename(draft, this.#path);
    syncFolder(dirname(this.#path));
  }

  async close(): Promise<void> {
    await (this.#next ?? this.#running ?? Promise.resolve()).catch(() => {});
    await this.#file?.close();
    this.#file = null;
    this.#running = null;
  }
}

function parsed(line: string): unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
