/** What became of the mails that a cluster under faults has accepted, counted at the next hops of all its gateways. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Gateway } from '../gateway/run-gateway.ts';
import type { SentMail } from './cluster-load.ts';

/** Between the next hop's 250 and the owner's word of it to the copies: gathered, synced, on a busy machine. */
const UNTOLD_MS = 3000;

export interface MailCount {
  readonly accepted: number;
  readonly delivered: number;
  readonly returned: number;
  readonly held: number;
  readonly duplicated: number;
  /** Sent by a gateway that was stopped, begun after it went on, although another one had sent them. */
  readonly stale: readonly string[];
  /** Duplicates that no fault explains. */
  readonly unexplained: readonly string[];
  readonly lost: readonly string[];
}

/** A time at which something was killed, stopped or cut; `performance.now()`. */
export interface Fault {
  readonly beganMs: number;
  readonly endedMs: number;
  /** A gateway that was stopped, and may send nothing that another one has meanwhile. */
  readonly stale?: Gateway;
}

interface Arrival {
  readonly gateway: Gateway;
  readonly beganMs: number;
  readonly atMs: number;
}

export class MailCounter {
  readonly #gateways: readonly Gateway[];
  /** By id, anywhere. */
  readonly #arrived = new Map<string, Arrival[]>();
  readonly #returned = new Set<string>();
  readonly #seen = new Map<Gateway, number>();

  constructor(gateways: readonly Gateway[]) {
    this.#gateways = gateways;
  }

  /** Mails neither at a next hop nor held. */
  missing(accepted: readonly SentMail[]): SentMail[] {
    this.#look();
    const open = accepted.filter(({ id }) => !this.#arrived.has(id));
    if (open.length === 0) return [];
    const held = this.#held();
    return open.filter(({ spoolId }) => !held.has(spoolId));
  }

  /** A mail that this gateway accepted after `sinceMs` has arrived. */
  flowsOn(gateway: Gateway, accepted: readonly SentMail[], sinceMs: number): boolean {
    this.#look();
    return accepted.some(
      (mail) => mail.gateway === gateway && mail.atMs > sinceMs && this.#arrived.has(mail.id),
    );
  }

  count(accepted: readonly SentMail[], faults: readonly Fault[]): MailCount {
    const lost = this.missing(accepted).map(({ id, spoolId }) => `${id} ${spoolId}`);
    const twice = [...this.#arrived].filter(([, copies]) => copies.length > 1);
    const delivered = accepted.filter(({ id }) => this.#arrived.has(id));
    return {
      accepted: accepted.length,
      delivered: delivered.filter(({ id }) => !this.#returned.has(id)).length,
      returned: delivered.filter(({ id }) => this.#returned.has(id)).length,
      held: accepted.length - delivered.length - lost.length,
      duplicated: twice.length,
      stale: twice.filter(([, copies]) => faults.some((fault) => isStale(copies, fault))).map(shown),
      unexplained: twice
        .filter(([, copies]) => !faults.some((fault) => isExplained(copies, fault)))
        .map(shown),
      lost,
    };
  }

  #look(): void {
    for (const gateway of this.#gateways) {
      const from = this.#seen.get(gateway) ?? 0;
      this.#seen.set(gateway, gateway.delivered.length);
      for (const { text, sender, beganMs, atMs } of gateway.delivered.slice(from)) {
        const id = /<load-\d+@fault\.example>/.exec(text)?.[0];
        if (id === undefined) continue;
        this.#arrived.set(id, [...(this.#arrived.get(id) ?? []), { gateway, beganMs, atMs }]);
        if (sender === '' && text.includes('multipart/report')) this.#returned.add(id);
      }
    }
  }

  #held(): Set<string> {
    const ids = this.#gateways.flatMap(({ layout: { spoolHold } }) => {
      const names = existsSync(spoolHold) ? readdirSync(spoolHold).filter((n) => n.endsWith('.json')) : [];
      return names.map((name) => JSON.parse(readFileSync(join(spoolHold, name), 'utf8')).spoolId as string);
    });
    return new Set(ids);
  }
}

/** The first copy arrived so close to a fault that its owner may not have told of it. */
function isExplained(copies: readonly Arrival[], { beganMs, endedMs }: Fault): boolean {
  const firstMs = Math.min(...copies.map(({ atMs }) => atMs));
  return firstMs > beganMs - UNTOLD_MS && firstMs < endedMs + UNTOLD_MS;
}

function isStale(copies: readonly Arrival[], { endedMs, stale }: Fault): boolean {
  const late = copies.find(({ gateway, beganMs }) => gateway === stale && beganMs > endedMs);
  return late !== undefined && copies.some(({ gateway, atMs }) => gateway !== stale && atMs < late.beganMs);
}

function shown([id, copies]: [string, readonly Arrival[]]): string {
  const times = copies.map(
    ({ gateway, beganMs, atMs }) => `${basename(gateway.folder)} ${Math.round(beganMs)}-${Math.round(atMs)}`,
  );
  return `${id}: ${times.join(', ')}`;
}
