/**
 * Makes what a person needs to sign, at first need (features.md K2): S/MIME by the own CA, or an OpenPGP key.
 *
 * Several mails of one person at once lead to one making; it resolves when the read models show it.
 */
import { randomUUID } from 'node:crypto';
import { LogError } from '#consensus/event-log.ts';
import { addressKey } from '#domain/mail/address.ts';
import type { CertificateAuthority } from '#node/ca/certificate-authority.ts';
import { equipOpenPgp } from '#node/ca/equip-openpgp.ts';
import type { KeysPort } from '#node/keys/port.ts';
import type { ModelsFeed } from '#node/ledger/models-feed.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { ReadModels } from '#projections/read-models.ts';
import type { Equip } from './signing-keys.ts';

export interface EquipPorts {
  readonly models: ReadModels;
  readonly feed: ModelsFeed;
  readonly ledger: LedgerPort;
  readonly keys: KeysPort;
  readonly authority: CertificateAuthority;
  readonly node: string;
  readonly nowMs: () => number;
}

export function equipper(ports: EquipPorts): Equip {
  const underWay = new Map<string, Promise<void>>();

  async function equip(address: string, method: 'smime' | 'openpgp'): Promise<void> {
    const domain = ports.models.people.domainOf(address);
    const person = ports.models.people.person(address);
    if (!domain || (!person && !domain.settings.enrolAtFirstNeed)) return; // The mail is told: no key of the sender.
    const { writable, reason } = await ports.ledger.status();
    if (!writable) throw new LogError('no-quorum', reason); // Before a key is made that could not be recorded.
    const name = person?.name ?? '';
    const meta = {
      requestId: randomUUID(),
      actor: `node/${ports.node}`,
      reason: 'first mail to be signed',
      atMs: ports.nowMs(),
    };
    if (method === 'smime') await ports.authority.enrol({ address, name, atFirstNeed: true }, meta);
    else
      await equipOpenPgp(
        ports,
        { address, name, language: domain.settings.language, atFirstNeed: true },
        meta,
      );
    const { position } = await ports.ledger.head();
    await ports.feed.reached(position);
  }

  return (address, method) => {
    const key = `${method}|${addressKey(address)}`;
    const running = underWay.get(key) ?? equip(address, method).finally(() => underWay.delete(key));
    underWay.set(key, running);
    return running;
  };
}
