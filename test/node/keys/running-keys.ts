/** A `keys` process in a folder of its own, over a ledger kept in memory, for the tests beside it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { StoredEvent } from '#consensus/event-log.ts';
import { canonicalJson } from '#domain/canonical-json.ts';
import { recordSecret } from '#domain/keys/sealed-secret.ts';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import { type KeysClient, keysClient } from '#node/keys/client.ts';
import type { SealedSecret, SecretPlace } from '#node/keys/port.ts';
import { type KeysLedger, runKeys } from '#node/keys/run-keys.ts';

export interface MemoryLedger extends KeysLedger {
  readonly values: Map<string, Uint8Array>;
  readonly events: Map<string, StoredEvent[]>;
}

export function memoryLedger(): MemoryLedger {
  const values = new Map<string, Uint8Array>();
  const events = new Map<string, StoredEvent[]>();
  return {
    values,
    events,
    identity: async () => ({ node: 'gateway-1', publicKey: new Uint8Array(32), clusterId: 'test' }),
    readStream: async (stream) => events.get(stream) ?? [],
    vault: {
      get: async (name) => values.get(name) ?? null,
      async put(name, value, options) {
        const standing = values.get(name);
        if (options?.onlyIfAbsent && standing) return standing;
        values.set(name, Uint8Array.from(value));
        return value;
      },
      async replace(name, from, to) {
        const standing = values.get(name);
        if (!standing || Buffer.compare(standing, from) !== 0) return false;
        values.set(name, Uint8Array.from(to));
        return true;
      },
      async delete(name) {
        values.delete(name);
      },
      names: async (prefix) => [...values.keys()].filter((name) => name.startsWith(prefix)),
    },
  };
}

/** Records the first event of a key's stream, as the domain does. */
export function recordKey(ledger: MemoryLedger, place: SecretPlace, secret: SealedSecret): void {
  const keyId = place.stream.slice('key/'.length);
  const event: StoredEvent = {
    id: keyId,
    stream: place.stream,
    kind: place.kind,
    schema: 1,
    atMs: 0,
    actor: 'system',
    reason: '',
    payload: canonicalJson({ type: place.kind, keyId, secret: recordSecret(secret) }),
    position: 1n,
    generation: 1,
    version: place.version,
    node: 'gateway-1',
    prev: new Uint8Array(32),
    hash: new Uint8Array(32),
    signature: new Uint8Array(64),
  };
  ledger.events.set(place.stream, [event]);
}

export const placeOf = (keyId: string): SecretPlace => ({
  stream: `key/${keyId}`,
  version: 1,
  kind: 'KeyGenerated',
});

export interface RunningKeys {
  readonly keys: KeysClient;
  readonly layout: Layout;
  readonly logged: string[];
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function runningKeys(ledger: MemoryLedger = memoryLedger()): Promise<RunningKeys> {
  const layout = layoutOf(mkdtempSync(join(tmpdir(), 'sealgate-keys-')));
  const logged: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  let running = await runKeys(layout, ledger, log).catch((error: Error) => {
    rmSync(layout.root, { recursive: true });
    throw error;
  });
  const keys = keysClient(layout);
  return {
    keys,
    layout,
    logged,
    async restart() {
      await running.stop();
      running = await runKeys(layout, ledger, log);
    },
    async stop() {
      keys.close();
      await running.stop();
      rmSync(layout.root, { recursive: true });
    },
  };
}
