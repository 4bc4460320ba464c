/**
 * What is noted about the mails of another gateway whose copies are here: how far each is done, and who adopted it.
 *
 * Files of lines in the owner's folder, durable before anyone is answered:
 * - `progress.jsonl`, so that whoever adopts a mail leaves out who has it already;
 * - `adopted.jsonl`: adoptions by this gateway, those it granted to other holders while it had the owner's spool, and
 *   whose claim it followed. From it an owner that returns learns what is not its own any more.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Progress, progressSchema } from './shadow-protocol.ts';
import { SyncedLines } from './synced-lines.ts';

const STALE_LINES_MAX = 10_000; // Then the file is written anew; some megabytes.

const adoptionSchema = z.union([
  /** `to` has adopted the mail, under the claim that made the owner's spool `epoch`. */
  z.object({ id: z.string(), epoch: z.number(), to: z.string() }),
  /** Before this claim the spool was with `before`, which had died in its turn. */
  z.object({ claim: z.number(), before: z.string() }),
]);

export class OwnerNotes {
  readonly #progressFile: SyncedLines;
  readonly #adoptedFile: SyncedLines;
  readonly #progress = new Map<string, Progress>();
  readonly #adopted = new Map<string, { epoch: number; to: string }>();
  readonly #before = new Map<number, string>();
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
    for (const line of this.#adoptedFile.read()) {
      const noted = adoptionSchema.safeParse(line);
      if (!noted.success) continue;
      if ('claim' in noted.data) this.#before.set(noted.data.claim, noted.data.before);
      else this.#adopted.set(noted.data.id, noted.data);
    }
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

  /** Who adopted it, as far as this gateway decided it. */
  adopterOf(id: string): string | null {
    return this.#adopted.get(id)?.to ?? null;
  }

  /** Those of `ids` that were adopted under a claim later than `since`. */
  adoptedSince(since: number, ids: readonly string[]): string[] {
    return ids.filter((id) => (this.#adopted.get(id)?.epoch ?? 0) > since);
  }

  async noteAdopted(ids: readonly string[], epoch: number, to: string): Promise<void> {
    const fresh = ids.filter((id) => !this.#adopted.has(id));
    if (fresh.length === 0) return;
    await this.#adoptedFile.append(...fresh.map((id) => ({ id, epoch, to })));
    for (const id of fresh) this.#adopted.set(id, { epoch, to });
  }

  async noteClaim(epoch: number, before: string): Promise<void> {
    await this.#adoptedFile.append({ claim: epoch, before });
    this.#before.set(epoch, before);
  }

  /** Whose claims, made after `since`, went before the own ones. */
  claimantsSince(since: number): string[] {
    return [...this.#before].flatMap(([epoch, before]) => (epoch > since + 1 ? [before] : []));
  }

  async close(): Promise<void> {
    await this.#tidying.catch(() => {});
    await this.#progressFile.close();
    await this.#adoptedFile.close();
  }
}
