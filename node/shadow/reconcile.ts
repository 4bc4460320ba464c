/**
 * Compares, once a minute, what this gateway has on its disk with what the others hold of it, and mends the difference.
 *
 * - A mail that is done (nothing on disk but its kept original, in two looks) loses its original and its copies.
 * - A copy that is held of a mail that is not here, in two comparisons, is discarded; so is a second copy of one mail.
 * - A mail without a living holder is copied again, from its original; so are mails accepted while nobody took a copy.
 * Whatever was told in between and got lost is found here, and after a start of this process the registry is filled.
 */
import { createReadStream, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import type { Log } from '#node/log.ts';
import { SPOOL_FILE_SUFFIX } from '#node/spool/spool-id.ts';
import type { HolderNews } from './holder-news.ts';
import type { MailRegistry } from './mail-registry.ts';
import type { Mirror } from './mirror.ts';
import { originalOf, ownMails } from './own-mails.ts';
import { RECONCILE_AGAIN_MS, RECONCILE_MS } from './timing.ts';

const COPIES_AT_ONCE = 4; // Beside the mails that come in.

export interface ReconcilePorts {
  readonly layout: Layout;
  readonly registry: MailRegistry;
  readonly mirror: Mirror;
  readonly news: HolderNews;
  readonly view: () => ClusterView | null;
  /** Ids a node holds under the own epoch; null: not answered. */
  readonly heldBy: (node: string) => Promise<string[] | null>;
  readonly nowNs: () => bigint;
  readonly log: Log;
}

export class Reconcile {
  readonly #ports: ReconcilePorts;
  #strangers = new Set<string>();
  #complete = false;
  #dueNs = 0n;
  #comparing = false;
  #copying = false;

  constructor(ports: ReconcilePorts) {
    this.#ports = ports;
  }

  /** True once every other gateway has said what it holds under the own epoch, and dropped what it held below. */
  get complete(): boolean {
    return this.#complete;
  }

  /** What the others hold is not known (any more); the next comparison is due. */
  begin(): void {
    this.#complete = false;
    this.#dueNs = 0n;
  }

  /** Compares when it is time to. Never rejects. */
  async compareWhenDue(): Promise<void> {
    const { nowNs, log } = this.#ports;
    if (this.#comparing || nowNs() < this.#dueNs) return;
    this.#comparing = true;
    try {
      await this.compare();
    } catch (error) {
      log.error({ error: (error as Error).message }, 'copies not compared');
    } finally {
      const waitMs = this.#complete ? RECONCILE_MS : RECONCILE_AGAIN_MS;
      this.#dueNs = nowNs() + BigInt(waitMs) * 1_000_000n;
      this.#comparing = false;
    }
  }

  /** The whole comparison. Rejects with errors of the file system. */
  async compare(): Promise<void> {
    const { registry, layout, view } = this.#ports;
    const beganNs = this.#ports.nowNs();
    this.#dueNs = beganNs;
    const first = await ownMails(layout);
    for (const id of first.live) if (!registry.get(id)) registry.note(id, null);
    const second = await ownMails(layout);
    const here = new Set([...first.live, ...second.live]);
    for (const id of [...registry.ids()]) if (!here.has(id) && this.#isOld(id, beganNs)) this.done(id);
    for (const id of second.kept) if (!here.has(id) && !registry.get(id)) this.done(id);
    const strangers = new Set<string>();
    let answered = view() !== null;
    for (const { node, alive, role } of view()?.members ?? []) {
      if (node === view()?.self || role === 'witness') continue;
      const askedNs = this.#ports.nowNs();
      const held = alive ? await this.#ports.heldBy(node) : null;
      if (held === null) answered = false;
      else this.#compareWith(node, new Set(held), askedNs, strangers);
    }
    this.#strangers = strangers;
    if (answered && this.#dueNs !== 0n) this.#complete = true;
  }

  /** Noted before the comparison began: news that came meanwhile are younger than the look at the disk. */
  #isOld(id: string, beganNs: bigint): boolean {
    return (this.#ports.registry.get(id)?.sinceNs ?? beganNs) < beganNs;
  }

  #compareWith(node: string, held: ReadonlySet<string>, askedNs: bigint, strangers: Set<string>): void {
    const { registry, news } = this.#ports;
    for (const id of held) {
      const mail = registry.get(id);
      if (!mail) {
        // Perhaps it is being accepted now: only what was strange a minute ago, too, is.
        if (this.#strangers.has(`${node} ${id}`)) news.discard(node, id);
        else strangers.add(`${node} ${id}`);
      } else if (mail.holder === null) registry.note(id, node);
      else if (mail.holder !== node) news.discard(node, id);
    }
    for (const [id, mail] of registry.entries()) {
      if (mail.holder === node && mail.sinceNs < askedNs && !held.has(id)) registry.note(id, null);
    }
  }

  /** Nothing is left to be done of a mail. */
  done(id: string): void {
    const { registry, news, layout } = this.#ports;
    const holder = registry.get(id)?.holder;
    if (holder) news.discard(holder, id);
    registry.forget(id);
    rmSync(join(layout.spoolKept, `${id}${SPOOL_FILE_SUFFIX}`), { force: true });
  }

  /** A holder that is gone holds nothing. */
  holderLost(node: string): void {
    let lost = 0;
    for (const [id, { holder }] of this.#ports.registry.entries()) {
      if (holder !== node) continue;
      this.#ports.registry.note(id, null);
      lost += 1;
    }
    if (lost > 0) this.#ports.log.warn({ node, mails: lost }, 'holder of copies is gone, copying again');
  }

  /** Copies what has no holder, while there is anyone to take it. Never rejects. */
  async copyAgain(): Promise<void> {
    if (this.#copying || !this.#ports.mirror.hasBuddy()) return;
    this.#copying = true;
    try {
      const bare = [...this.#ports.registry.entries()].filter(([, { holder }]) => holder === null);
      const ids = bare.map(([id]) => id);
      const workers = Array.from({ length: COPIES_AT_ONCE }, async () => {
        for (let id = ids.shift(); id !== undefined && this.#ports.mirror.hasBuddy(); id = ids.shift()) {
          await this.#copy(id);
        }
      });
      await Promise.all(workers);
    } catch (error) {
      this.#ports.log.warn({ error: (error as Error).message }, 'mails without a copy: not copied yet');
    } finally {
      this.#copying = false;
    }
  }

  async #copy(id: string): Promise<void> {
    const path = originalOf(this.#ports.layout, id);
    if (path === null) return; // Being accepted, or done.
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) return;
    const body = (): ReturnType<typeof createReadStream> =>
      createReadStream(path, { highWaterMark: 256 * 1024 });
    const end = await this.#ports.mirror.copy(id, size, body, false).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return { holder: null };
      throw error;
    });
    // After a takeover the return sees to it whose the mail is.
    if (end === 'deposed' || end.holder === null) return;
    const mail = this.#ports.registry.get(id);
    if (mail) this.#ports.registry.note(id, end.holder);
    else this.#ports.news.discard(end.holder, id); // Done meanwhile.
  }
}
