/**
 * Opened private keys: reads a key's first event, opens the sealed secret in it, and keeps the most used ones open.
 *
 * The secret is looked up when it is first needed, so a start costs nothing however many keys there are. A key stays
 * open for OPEN_MS_MAX at most: an erased subject's keys are gone by then from a process that goes on running.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { PrivateKey } from 'openpgp';
import { z } from 'zod';
import { parseCanonicalJson } from '#domain/canonical-json.ts';
import { keyStream } from '#domain/keys/key-record.ts';
import { secretOfRecord } from '#domain/keys/sealed-secret.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { KeysError } from './keys-error.ts';
import { readOpenPgpSecret } from './openpgp-make.ts';
import type { SealedSecret, SecretPlace } from './port.ts';
import { openSecret, type SecretForm, sealSecret } from './sealed-secret.ts';
import type { VaultKeys } from './vault-keys.ts';

const OPEN_KEYS_MAX = 5_000; // About 10 KB each in OpenSSL: 50 MB at most.
const OPEN_MS_MAX = 10 * 60_000;
/** The event that carries a key's secret is the first of its stream. */
const SECRET_VERSION = 1;

type KeyForm = Exclude<SecretForm, 'password'>;

export type OpenedKey =
  | { readonly form: 'pkcs8'; readonly key: KeyObject }
  | { readonly form: 'openpgp'; readonly key: PrivateKey };

const recordedKey = z.object({
  keyId: z.string(),
  secret: z.strictObject({
    v: z.literal(1),
    subject: z.string(),
    nonce: z.base64url(),
    ciphertext: z.base64url(),
  }),
});

interface Sealed {
  readonly secret: SealedSecret;
  readonly place: SecretPlace;
}

export class OpenedKeys {
  readonly #ledger: Pick<LedgerPort, 'readStream'>;
  readonly #vaultKeys: VaultKeys;
  readonly #now: () => number;
  /** In the order of last use. */
  readonly #open = new Map<string, { key: Promise<OpenedKey>; sinceMs: number }>();

  constructor(
    ledger: Pick<LedgerPort, 'readStream'>,
    vaultKeys: VaultKeys,
    now: () => number = () => performance.now(),
  ) {
    this.#ledger = ledger;
    this.#vaultKeys = vaultKeys;
    this.#now = now;
  }

  /** `no-such-key` when no event carries it, or its subject was erased; `malformed` when it does not open there. */
  async get(keyId: string): Promise<OpenedKey> {
    const held = this.#open.get(keyId);
    this.#open.delete(keyId);
    if (held && this.#now() - held.sinceMs < OPEN_MS_MAX) {
      this.#open.set(keyId, held); // Last in the order again.
      return held.key;
    }
    return this.#hold(keyId, this.#openFromLog(keyId));
  }

  /**
   * Seals a new secret for the event at `place`, and keeps the key open: it is usable before that event is recorded.
   * `secret` is zeroed.
   */
  async seal(form: KeyForm, secret: Uint8Array, subject: string, place: SecretPlace): Promise<SealedSecret> {
    const keyId = keyIdOf(place);
    try {
      const recorded = await this.#ledger.readStream(place.stream);
      if (recorded.length > 0) throw new KeysError('malformed', `key ${keyId} is in the log already`);
      const key = await openForm(form, Buffer.from(secret));
      const dataKey = await this.#vaultKeys.dataKeyFor(subject);
      const sealed = sealSecret(dataKey, subject, place, form, secret);
      dataKey.fill(0);
      this.#hold(keyId, Promise.resolve(key));
      return sealed;
    } finally {
      secret.fill(0);
    }
  }

  #hold(keyId: string, key: Promise<OpenedKey>): Promise<OpenedKey> {
    const entry = { key, sinceMs: this.#now() };
    this.#open.set(keyId, entry);
    key.catch(() => {
      if (this.#open.get(keyId) === entry) this.#open.delete(keyId);
    });
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= OPEN_KEYS_MAX) break;
      this.#open.delete(oldest);
    }
    return key;
  }

  async #openFromLog(keyId: string): Promise<OpenedKey> {
    const { secret, place } = await this.#sealedInLog(keyId);
    const dataKey = await this.#vaultKeys.existingDataKey(secret.subject);
    try {
      const opened = openSecret(dataKey, secret, place);
      return await openForm(opened.form, opened.secret);
    } finally {
      dataKey.fill(0);
    }
  }

  async #sealedInLog(keyId: string): Promise<Sealed> {
    const stream = keyStream(keyId);
    const [first] = await this.#ledger.readStream(stream);
    if (!first) throw new KeysError('no-such-key', `no key ${keyId}`);
    const payload = recordedKey.safeParse(parseCanonicalJson(first.payload));
    if (!payload.success || payload.data.keyId !== keyId || first.version !== SECRET_VERSION) {
      throw new KeysError('malformed', `the first event of ${stream} carries no secret of this key`);
    }
    return {
      secret: secretOfRecord(payload.data.secret),
      place: { stream, version: first.version, kind: first.kind },
    };
  }
}

/** The key that an event at this place makes. */
export function keyIdOf(place: SecretPlace): string {
  const keyId = place.stream.slice(keyStream('').length);
  if (place.stream !== keyStream(keyId) || keyId === '' || place.version !== SECRET_VERSION) {
    throw new KeysError('malformed', 'a secret belongs into the first event of a key stream');
  }
  return keyId;
}

/** Zeroes `secret`. */
async function openForm(form: SecretForm, secret: Buffer): Promise<OpenedKey> {
  try {
    if (form === 'password') throw new Error('a password');
    if (form === 'openpgp') return { form, key: await readOpenPgpSecret(Uint8Array.from(secret)) };
    return { form, key: createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' }) };
  } catch (error) {
    throw new KeysError('malformed', `not a private key: ${(error as Error).message}`);
  } finally {
    secret.fill(0);
  }
}
