/** The real log and the real `keys` process in a scratch folder, for the authority's tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { StoredEvent } from '#consensus/event-log.ts';
import { mailDomainDecider, mailDomainStream } from '#domain/people/mail-domain.ts';
import type { CaPorts, CaSettings } from '#node/ca/ca-ports.ts';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import { type KeysClient, keysClient } from '#node/keys/client.ts';
import { runKeys } from '#node/keys/run-keys.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { all, openLog } from '../../consensus/scratch-log.ts';

export const AT = Date.UTC(2030, 0, 15);

export const SETTINGS: CaSettings = {
  commonName: 'Example Mail CA',
  organization: 'Example Ltd',
  country: 'NL',
  crlUrl: 'http://gateway.example.org/ca.crl',
  // Small keys: their making is not what is tested.
  authorityKey: { type: 'ec', curve: 'P-384' },
  personKey: { type: 'rsa', bits: 2048 },
};

let requests = 0;

export function meta(change: Partial<CommandMeta> = {}): CommandMeta {
  requests += 1;
  return { requestId: `request-${requests}`, actor: 'operator/ada', reason: 'test', atMs: AT, ...change };
}

export interface ScratchGateway {
  readonly layout: Layout;
  readonly ports: CaPorts & { readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>; keys: KeysClient };
  events(): Promise<StoredEvent[]>;
  kinds(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function scratchGateway(): Promise<ScratchGateway> {
  const layout = layoutOf(mkdtempSync(join(tmpdir(), 'sealgate-ca-')));
  const log = await openLog(join(layout.root, 'log'));
  const ledger = {
    readStream: (stream: string) => all(log.readStream(stream)),
    append: (...[batch, expect]: Parameters<LedgerPort['append']>) => log.append(batch, { expect }),
    identity: async () => ({ node: 'gateway-1', publicKey: new Uint8Array(32), clusterId: 'test' }),
    vault: log.vault,
  };
  const running = await runKeys(layout, ledger, pino({ level: 'silent' }));
  const keys = keysClient(layout);
  const settings = { enrolAtFirstNeed: true, certificatesPerPerson: 'two', language: 'en' } as const;
  for (const [domain, certificatesPerPerson] of [
    ['example.org', 'two'],
    ['one.example.org', 'one'],
  ] as const) {
    const added = {
      type: 'AddMailDomain',
      domain,
      settings: { ...settings, certificatesPerPerson },
      at: AT,
    } as const;
    await execute(ledger, mailDomainDecider, mailDomainStream(domain), added, meta());
  }
  return {
    layout,
    ports: { ledger, keys },
    events: () => all(log.read(1n)),
    kinds: async () => (await all(log.read(1n))).map((event) => event.kind),
    async stop() {
      keys.close();
      await running.stop();
      await log.close();
      rmSync(layout.root, { recursive: true });
    },
  };
}
