/**
 * What is noted about the mails of another gateway whose copies are here: how far each is done, and which were adopted.
 *
 * Both are files of lines in the owner's folder, durable before anyone is answered: `progress.jsonl`, so that whoever
 * adopts a mail leaves out who has it already; `adopted.jsonl`, so that an owner that returns learns what is not its own
 * any more, also when this gateway was restarted meanwhile.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Progress, progressSchema } from './shadow-protocol.ts';
import { SyncedLines } from './synced-lines.ts';

const STALE_LINES_MAX = 10_000; // Then the file is written anew; some megabytes.

export class OwnerNotes {
  readonly #progressFile: SyncedLines;
  readonly #adoptedFile: SyncedLines;
  readonly #progress = new Map<string, Progress>();
  readonly #adopted = new Set<string>();
  #lines = 0;
  #tidying: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#progressFile = new SyncedLines(join(folder, 'progress.jsonl'));
    this.#adoptedFile = new SyncedLines(join(folder, 'adopted.jsonl'));
    for (const line of this.#progressFile.read()) {
      const progress = progressSchema.safeParse(line);
      this.#lines += 1;
      if (progress.success) this.#progress.set(progress.data.spoolId, progress.data);
    }
    for (const id of this.#adoptedFile.read()) if (typeof id === 'string') this.#adopted.add(id);
  }

  progressOf(spoolId: string): Progress | null {
    return this.#progress.get(spoolId) ?? null;
  }

  async addProgress(progress: readonly Progress[]): Promise<void> {
    await this.#tidying;
    for (const one of progress) this.#progress.set(one.spoolId, one);
    this.#lines += progress.length;
    await this.#progressFile.append(...progress);
  }

  /** These mails are done. */
  forgetProgress(ids: readonly string[]): void {
    for (const id of ids) this.#progress.delete(id);
    if (this.#lines - this.#progress.size <= STALE_LINES_MAX) return;
    this.#lines = this.#progress.size;
    this.#tidying = this.#progressFile.rewrite([...this.#progress.values()]);
    this.#tidying.catch(() => {}); // Told to who adds next.
  }

  isAdopted(spoolId: string): boolean {
    return this.#adopted.has(spoolId);
  }

  get adoptedCount(): number {
    return this.#adopted.size;
  }

  async noteAdopted(ids: readonly string[]): Promise<void> {
    const fresh = ids.filter((id) => !this.#adopted.has(id));
    if (fresh.length === 0) return;
    await this.#adoptedFile.append(...fresh);
    for (const id of fresh) this.#adopted.add(id);
  }

  async close(): Promise<void> {
    await this.#tidying.catch(() => {});
    await this.#progressFile.close();
    await this.#adoptedFile.close();
  }
}
