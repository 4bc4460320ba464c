/**
 * The promises of all holders of copies not to take over for a while (replication.md §5.4): what a gateway lives on whose
 * lease was not renewed in time.
 */
import type { MailRegistry } from './mail-registry.ts';
import { PROMISE_EVERY_MS, PROMISE_MS } from './timing.ts';

const MS = 1_000_000n;

export interface AskedPromisesPorts {
  readonly registry: Pick<MailRegistry, 'entries'>;
  /** Gateways that may hold copies nobody knows of. */
  readonly untold: () => readonly string[];
  readonly nowNs: () => bigint;
  readonly marginMs: number;
  /** null: not answered. */
  readonly askPromise: (node: string, epoch: number, forMs: number) => Promise<boolean | null>;
}

export class AskedPromises {
  readonly #ports: AskedPromisesPorts;
  #untilNs = 0n;
  #promisers: ReadonlySet<string> = new Set();
  #askedNs: bigint | null = null;

  constructor(ports: AskedPromisesPorts) {
    this.#ports = ports;
  }

  /** Until when all holders have promised; 0 when they have not. */
  get untilNs(): bigint {
    return this.#untilNs;
  }

  drop(): void {
    this.#untilNs = 0n;
  }

  /** Not more often than every PROMISE_EVERY_MS. */
  async ask(epoch: number): Promise<void> {
    const { registry, nowNs, marginMs, untold, askPromise } = this.#ports;
    const nowAtNs = nowNs();
    if (this.#askedNs !== null && nowAtNs - this.#askedNs < BigInt(PROMISE_EVERY_MS) * MS) return;
    this.#askedNs = nowAtNs;
    const holders = new Set(untold());
    for (const [, { holder }] of registry.entries()) if (holder !== null) holders.add(holder);
    const answers = await Promise.all([...holders].map((node) => askPromise(node, epoch, PROMISE_MS)));
    // A mail copied meanwhile may be with someone who was not asked; from now on it may not (mayHold).
    for (const [, { holder }] of registry.entries()) if (holder !== null && !holders.has(holder)) return;
    if (holders.size === 0 || answers.some((promised) => promised !== true)) return;
    const untilNs = nowAtNs + BigInt(PROMISE_MS - marginMs) * MS;
    if (untilNs <= this.#untilNs) return;
    this.#untilNs = untilNs;
    this.#promisers = holders;
  }

  mayHold(node: string): boolean {
    return this.#ports.nowNs() >= this.#untilNs || this.#promisers.has(node);
  }
}
