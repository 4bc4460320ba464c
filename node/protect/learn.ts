/**
 * Remembers what a partner's mail program can read, from mails whose signature is valid (RFC 8551 §2.5.2).
 *
 * A command is executed only when the read models say that it would change something: hardly any mail does. Nobody
 * waits for it. While the log takes no changes it waits in the outbox (outbox.ts), once for each announcement.
 */
import { randomUUID } from 'node:crypto';
import { toBase64Url } from '#domain/canonical-json.ts';
import { addressKey } from '#domain/mail/address.ts';
import { partnerDecider } from '#domain/partners/partner.ts';
import type { ModelsFeed } from '#node/ledger/models-feed.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Log } from '#node/log.ts';
import type { ReadModels } from '#projections/read-models.ts';
import type { AnnouncedCapabilities } from './facts.ts';
import type { Outbox } from './outbox.ts';

interface LearnPorts {
  readonly models: ReadModels;
  readonly feed: Pick<ModelsFeed, 'reached'>;
  readonly ledger: Pick<LedgerPort, 'head'>;
  readonly outbox: Pick<Outbox, 'record'>;
  readonly node: string;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Takes what a mail announced; the caller has seen that its signature is valid and its signer the sender. */
export type Learn = (announced: AnnouncedCapabilities) => void;

export function learner({ models, feed, ledger, outbox, node, log, nowMs }: LearnPorts): Learn {
  const underWay = new Set<string>();
  /** What waits in the outbox, by address: the next mails announce the same. */
  const kept = new Map<string, string>();

  async function record(command: ReturnType<typeof commandOf>): Promise<void> {
    const meta = {
      requestId: randomUUID(),
      actor: `node/${node}`,
      reason: 'announced in a signed mail',
      atMs: command.at,
    };
    const end = await outbox.record({ of: 'partner', command, meta });
    const key = addressKey(command.address);
    if (end === 'waits') kept.set(key, announcedIn(command));
    if (end !== 'recorded') return;
    kept.delete(key);
    const { position } = await ledger.head();
    await feed.reached(position);
  }

  return (announced) => {
    const { address } = announced;
    const key = addressKey(address);
    // People of ours are reached through the inside; a valid signature of theirs from outside is a mail that came back.
    if (underWay.has(key) || models.people.domainOf(address) !== null) return;
    const command = commandOf(announced, nowMs());
    const decision = partnerDecider.decide(command, models.partners.ofAddress(address));
    if (decision.kind === 'refused' || decision.events.length === 0) {
      kept.delete(key); // It has been recorded since.
      return;
    }
    if (kept.get(key) === announcedIn(command)) return;
    underWay.add(key);
    record(command)
      .catch((error: Error) => log.warn({ error: error.message }, 'capabilities of a partner not recorded'))
      .finally(() => underWay.delete(key));
  };
}

const announcedIn = ({ capabilities, certificate }: ReturnType<typeof commandOf>): string =>
  JSON.stringify([capabilities, certificate]);

function commandOf({ address, capabilities, certificate, signedAtMs }: AnnouncedCapabilities, at: number) {
  return {
    type: 'LearnCapabilities' as const,
    address,
    capabilities: capabilities.map(({ oid, parameters }) => ({
      oid,
      parameters: parameters === null ? null : toBase64Url(parameters),
    })),
    certificate,
    signedAt: signedAtMs ?? at,
    at,
  };
}
