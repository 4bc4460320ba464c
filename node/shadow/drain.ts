/**
 * This gateway gives away all that it has accepted, before it leaves the cluster (replication.md §8, 28).
 *
 *   no new mail ─▶ the line ends what it has ─▶ a first attempt for each queued mail ─▶ what is left, deferred and held,
 *   becomes a mail of the gateway that has its copy ─▶ nothing left here
 *
 * A mail is handed over only when nobody here works on it: its queued copies are put on hold by `send`, which does so when
 * no attempt is under way. The holder is told first how far the mail is; then it makes the copy its own and says so, and
 * what is here goes. Which mails were asked to be taken is on disk before they are: a restart asks again, and the answer
 * is the same. Ended before its end, everything left goes on here.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Layout } from '#node/config/layout.ts';
import type { Log } from '#node/log.ts';
import { dropQueueCommand } from '#node/queue/queue-command.ts';
import type { QueuedState } from '#node/queue/queue-state.ts';
import { listQueue } from '#node/queue/queue-tools.ts';
import { spoolIdIn } from '#node/spool/spool-id.ts';
import type { DrainState } from './drain-protocol.ts';
import type { HolderNews } from './holder-news.ts';
import type { MailRegistry } from './mail-registry.ts';
import { mailPlaces } from './own-mails.ts';

const LOOK_MS = 500;
/** Queued mails have so long for a first attempt: what a next server takes at once needs no other gateway. */
const FIRST_ATTEMPT_MS = 5000;
const AT_ONCE = 500; // Mails of one request: the holder moves each file and syncs some times.

const handingSchema = z.object({ v: z.literal(1), holder: z.string(), ids: z.array(z.string()) });
type Handing = Omit<z.infer<typeof handingSchema>, 'v'>;

export interface DrainPorts {
  readonly layout: Layout;
  readonly registry: MailRegistry;
  readonly news: Pick<HolderNews, 'progress' | 'flush'>;
  /** Those that the holder has as its own now; null: not answered. */
  readonly askTake: (holder: string, ids: readonly string[]) => Promise<readonly string[] | null>;
  /** Another gateway has them for good: nothing of them is done here any more. */
  readonly letGo: (ids: readonly string[]) => Promise<void>;
  readonly hasBuddy: () => boolean;
  /** No copies are made by setting: what cannot leave by itself stays. */
  readonly copiesOff: () => boolean;
  readonly nameOf: (node: string) => string;
  readonly onChange: () => void;
  readonly log: Log;
}

export class Drain {
  readonly #ports: DrainPorts;
  readonly #marker: string;
  readonly #handingFile: string;
  #handing: Handing | null;
  #draining: boolean;
  #sinceMs = performance.now();
  #lookedMs = Number.NEGATIVE_INFINITY;
  #handedOver = 0;
  #waitsFor = '';
  readonly #onHold = new Set<string>();

  constructor(ports: DrainPorts) {
    this.#ports = ports;
    this.#marker = join(ports.layout.shadow, 'draining');
    this.#handingFile = join(ports.layout.shadow, 'handing.json');
    this.#draining = existsSync(this.#marker);
    this.#handing = readHanding(this.#handingFile);
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Asked to be taken by another gateway, which has not said that it has. */
  isHanding(id: string): boolean {
    return this.#handing?.ids.includes(id) ?? false;
  }

  begin(): void {
    if (this.#draining) return;
    mkdirSync(this.#ports.layout.shadow, { recursive: true, mode: 0o700 });
    writeFileSync(this.#marker, '', { mode: 0o600 });
    this.#draining = true;
    this.#sinceMs = performance.now();
    this.#handedOver = 0;
    this.#ports.log.warn('gives away its mails: none is accepted from now on');
    this.#ports.onChange();
  }

  /** What is left goes on here, but for what another gateway may have taken. */
  end(): void {
    if (!this.#draining) return;
    rmSync(this.#marker, { force: true });
    this.#draining = false;
    this.#waitsFor = '';
    this.#onHold.clear();
    for (const { queueId, held } of this.#queueOf(() => true)) if (held) this.#command('release', queueId);
    this.#ports.log.warn('accepts mails again');
    this.#ports.onChange();
  }

  async state(): Promise<DrainState> {
    const places = await mailPlaces(this.#ports.layout);
    const { line, queued, held } = places;
    return {
      draining: this.#draining,
      left: new Set([...line, ...queued, ...held]).size,
      inLine: line.size,
      queued: queued.size,
      held: held.size,
      handedOver: this.#handedOver,
      waitsFor: this.#waitsFor,
    };
  }

  /** Now and then. Rejects with errors of the file system. */
  async tick(): Promise<void> {
    if (performance.now() - this.#lookedMs < LOOK_MS) return;
    if (this.#handing !== null) await this.#settle(this.#handing);
    if (this.#draining && this.#handing === null) await this.#look();
    this.#lookedMs = performance.now();
  }

  async #look(): Promise<void> {
    const { layout, registry } = this.#ports;
    const places = await mailPlaces(layout);
    if (!this.#ports.copiesOff()) this.#putOnHold();
    const moving = this.#moving();
    const ready = [...new Set([...places.queued, ...places.held])].filter(
      (id) => !places.line.has(id) && !moving.has(id),
    );
    const byHolder = Object.groupBy(ready, (id) => registry.get(id)?.holder ?? '');
    const { '': bare = [], ...copied } = byHolder;
    this.#waitsFor = this.#reason(bare.length);
    for (const [holder, ids = []] of Object.entries(copied)) await this.#hand(holder, ids.slice(0, AT_ONCE));
  }

  #reason(bare: number): string {
    if (bare === 0) return '';
    if (this.#ports.copiesOff())
      return `${bare} mails have no copy, since spool.shadow is off: they leave by themselves`;
    return this.#ports.hasBuddy()
      ? `${bare} mails get a copy on another gateway first`
      : `no other gateway takes ${bare} mails`;
  }

  #queueOf(isWanted: (spoolId: string) => boolean): QueuedState[] {
    return listQueue(this.#ports.layout).deferred.filter(({ queueId }) => isWanted(spoolIdIn(queueId) ?? ''));
  }

  /** What was tried before waits for hours; what was not has a moment. */
  #putOnHold(): void {
    const { deferred, fresh } = listQueue(this.#ports.layout);
    const hadTime = performance.now() - this.#sinceMs > FIRST_ATTEMPT_MS;
    const ids = deferred.flatMap(({ queueId, held }) => (held ? [] : [queueId]));
    for (const queueId of hadTime ? [...ids, ...fresh] : ids) {
      if (this.#onHold.has(queueId)) continue;
      this.#onHold.add(queueId);
      this.#command('hold', queueId);
    }
  }

  #command(command: 'hold' | 'release', queueId: string): void {
    dropQueueCommand(this.#ports.layout, { command, queueId, by: 'cluster' }, Date.now());
  }

  /** Mails of which a queued copy is not on hold: an attempt may be under way. */
  #moving(): Set<string> {
    const { deferred, fresh } = listQueue(this.#ports.layout);
    const moving = [...fresh, ...deferred.flatMap(({ queueId, held }) => (held ? [] : [queueId]))];
    return new Set(moving.flatMap((queueId) => spoolIdIn(queueId) ?? []));
  }

  async #hand(holder: string, ids: readonly string[]): Promise<void> {
    const { registry, news } = this.#ports;
    for (const id of ids) {
      const progress = registry.progressOf(id);
      if (progress === null) continue;
      registry.toldProgress(progress);
      news.progress(holder, progress);
    }
    if (!(await news.flush(holder))) return this.#waitFor(holder);
    const handing = { holder, ids: [...ids] };
    writeHanding(this.#handingFile, handing);
    this.#handing = handing;
    await this.#settle(handing);
  }

  #waitFor(holder: string): void {
    this.#waitsFor = `${this.#ports.nameOf(holder)} has copies of mails and does not answer`;
  }

  async #settle(handing: Handing): Promise<void> {
    const { registry, askTake, letGo, log } = this.#ports;
    const { holder, ids } = handing;
    const taken = await askTake(holder, ids);
    if (taken === null) return this.#waitFor(holder);
    await letGo(taken);
    const isTaken = new Set(taken);
    // It has no copy of these (any more): another one is made.
    for (const id of ids) if (!isTaken.has(id) && registry.get(id)) registry.note(id, null);
    rmSync(this.#handingFile, { force: true });
    this.#handing = null;
    this.#handedOver += taken.length;
    log.info({ holder, mails: taken.length }, 'mails were handed over');
  }
}

function writeHanding(path: string, handing: Handing): void {
  writeFileSync(`${path}.new`, JSON.stringify({ v: 1, ...handing }), { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

function readHanding(path: string): Handing | null {
  if (!existsSync(path)) return null;
  return handingSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}
