/**
 * Load on a cluster under faults: changes and mails on every gateway, each with an id, each answer kept.
 *
 * Changes go to the log as they are, so that the caller knows positions: History checks them against the logs of all
 * gateways (replication.md §7). Mails are passed on, encrypted, or returned to their sender; what got 250 must come out.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Draft, Expect, StoredEvent } from '#consensus/event-log.ts';
import { type LedgerClient, ledgerClient } from '#node/ledger/client.ts';
import { errorCode } from '#node/ledger/execute.ts';
import type { ScratchCluster } from '../cluster/run-cluster.ts';
import { History, type Told } from '../consensus/simulation/history.ts';
import type { OpensslPartner } from '../gateway/openssl.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';

const ALICE = 'alice@example.org';
export const BOB = 'bob@partner.example';
const OUTSIDE = 'someone@sender.example';
const NOBODY = 'nobody@nokey.example';
const OWN_STREAM = 'fault/'; // Of changes of these callers only.
/** A change that no caller of a load asks for. */
export const FOREIGN_STREAM = 'foreign/fault';
const SHARED_STREAM = `${OWN_STREAM}shared`;
const BETWEEN_CHANGES_MS = 50;
const BETWEEN_MAILS_MS = 60;
const ASK_AGAIN_MS = 200;
const APPEARS_MS = 60_000;
/** Surely not applied, by the contract of the log. */
const NOT_APPLIED = new Set(['no-quorum', 'version-conflict', 'fenced', 'too-large', 'quota-full']);

export interface SentMail {
  readonly id: string;
  readonly gateway: Gateway;
  readonly spoolId: string;
  /** When its 250 came, `performance.now()`. */
  readonly atMs: number;
}

export class ClusterLoad {
  readonly history = new History();
  /** Got 250, in order. */
  readonly accepted: SentMail[] = [];
  /** Answers of `changes` and 250s by gateway, counted. */
  /** Mails refused for good: never right. */
  readonly refused: string[] = [];
  readonly changesOn = new Map<Gateway, number>();
  readonly mailsOn = new Map<Gateway, number>();
  readonly #work: Promise<void>[] = [];
  readonly #ledgers: LedgerClient[] = [];
  #running = true;
  #mails = 0;
  #versionKnown = 0;

  /** What the mails need, on all gateways: a domain of ours, a partner's certificate. */
  static async prepare({ first, gateways }: ScratchCluster, partner: OpensslPartner): Promise<void> {
    await first.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
    const base64 = partner.certificate.toString('base64');
    const file = { fileName: 'bob.pem', base64, password: '', reason: 'test' };
    await first.admin.change('certificates.import', file);
    for (const { admin, outsidePort } of gateways) {
      const known = async (): Promise<boolean> => {
        const page = await admin.query<{ total: number }>('certificates.list', { search: BOB });
        return page.total === 1 && (await isTaken(outsidePort));
      };
      await until(known, APPEARS_MS, () => 'domain and certificate are not on another gateway');
    }
  }

  /** Changes and mails on this gateway until `stop`, or until `ends` is aborted. */
  on(gateway: Gateway, ends: AbortSignal = new AbortController().signal): void {
    const goesOn = (): boolean => this.#running && !ends.aborted;
    this.#work.push(this.#change(gateway, goesOn), this.#send(gateway, goesOn));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#work);
    for (const ledger of this.#ledgers) ledger.close();
  }

  /** Of each gateway the whole log, checked against the answers. Throws what is wrong. */
  async check(gateways: readonly Gateway[]): Promise<void> {
    const logs: StoredEvent[][] = [];
    for (const gateway of gateways) logs.push(await wholeLog(gateway));
    this.history.check(logs, ({ stream }) => stream.startsWith(OWN_STREAM));
  }

  async #change(gateway: Gateway, goesOn: () => boolean): Promise<void> {
    const ledger = ledgerClient(gateway.layout.ledgerSocket);
    this.#ledgers.push(ledger);
    for (let n = 0; goesOn(); n += 1) {
      const isShared = n % 4 === 3;
      const stream = isShared ? SHARED_STREAM : `${OWN_STREAM}${randomUUID()}`;
      const expect: Expect = isShared ? { stream, version: this.#versionKnown } : 'any';
      const batch = Array.from({ length: 1 + (n % 3) }, () => draftOf(stream));
      const told = this.history.call(batch, expect);
      await this.#append(ledger, told, goesOn);
      if (told.outcome.kind === 'recorded') count(this.changesOn, gateway);
      await pause(BETWEEN_CHANGES_MS);
    }
  }

  /** Asks again with the same ids while nobody can say what became of them. */
  async #append(ledger: LedgerClient, told: Told, goesOn: () => boolean): Promise<void> {
    for (let unclear = false; ; unclear = true) {
      try {
        const appended = await ledger.append(told.batch, told.expect);
        this.history.answer(told, { kind: 'recorded', appended });
        if (told.expect !== 'any') this.#versionKnown += told.batch.length;
        return;
      } catch (error) {
        const code = errorCode(error) ?? '';
        if (!unclear && NOT_APPLIED.has(code)) {
          this.history.answer(told, { kind: 'failed' });
          if (code === 'version-conflict') await this.#learnVersion(ledger);
          return;
        }
        if (!NOT_APPLIED.has(code) && code !== 'unresolved' && code !== 'disconnected') throw error;
        if (!goesOn() || code === 'disconnected') return;
        if (NOT_APPLIED.has(code) && code !== 'no-quorum') return; // This time not; the time before is not known.
      }
      await pause(ASK_AGAIN_MS);
    }
  }

  async #learnVersion(ledger: LedgerClient): Promise<void> {
    const events = await ledger.readStream(SHARED_STREAM).catch(() => []);
    this.#versionKnown = Math.max(this.#versionKnown, events.length);
  }

  async #send(gateway: Gateway, goesOn: () => boolean): Promise<void> {
    for (let n = 0; goesOn(); n += 1) {
      const inside = n % 10 === 3 || n % 10 === 7;
      const to = !inside ? ALICE : n % 10 === 3 ? BOB : NOBODY;
      const from = inside ? ALICE : OUTSIDE;
      this.#mails += 1;
      const id = `<load-${this.#mails}@fault.example>`;
      const mail = `From: ${from}\r\nTo: ${to}\r\nSubject: load\r\nMessage-ID: ${id}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nmail ${n}\r\n`;
      const port = inside ? gateway.insidePort : gateway.outsidePort;
      const reply = await submit(port, { from, to: [to], mail }).catch((error: Error) => {
        const { responseCode = 0 } = error as { responseCode?: number };
        if (responseCode >= 500) this.refused.push(`${id}: ${error.message}`);
        return '';
      });
      if (reply.startsWith('250')) {
        const spoolId = /(\S+\.\d+\.[0-9A-Z]{26})/.exec(reply)?.[1] ?? '';
        this.accepted.push({ id, gateway, spoolId, atMs: performance.now() });
        count(this.mailsOn, gateway);
      }
      await pause(reply === '' ? ASK_AGAIN_MS : BETWEEN_MAILS_MS);
    }
  }
}

export function draftOf(stream: string): Draft {
  return {
    id: randomUUID(),
    stream,
    kind: 'FaultProbed',
    schema: 1,
    atMs: Date.now(),
    actor: 'system',
    reason: '',
    payload: Buffer.from('{}'),
  };
}

/** Each process learns of a change by itself: the listener, too, must know the domain before mails count. */
async function isTaken(port: number): Promise<boolean> {
  const mail = `From: ${OUTSIDE}\r\nTo: ${ALICE}\r\nSubject: before the load\r\n\r\nhello\r\n`;
  const reply = await submit(port, { from: OUTSIDE, to: [ALICE], mail }).catch(() => '');
  return reply.startsWith('250');
}

function count(on: Map<Gateway, number>, gateway: Gateway): void {
  on.set(gateway, (on.get(gateway) ?? 0) + 1);
}

async function wholeLog({ layout }: Gateway): Promise<StoredEvent[]> {
  const ledger = ledgerClient(layout.ledgerSocket);
  try {
    const log: StoredEvent[] = [];
    for (;;) {
      const piece = await ledger.read(BigInt(log.length + 1), 1000);
      if (piece.length === 0) return log;
      log.push(...piece);
    }
  } finally {
    ledger.close();
  }
}
