/** Our side of the OpenPGP tests: keys in a running `keys` process, and what the mail line would know of the partner. */
import type { DecompressionBudget } from '#node/crypto/openpgp/compressed.ts';
import type { OpenRequest, OwnKey } from '#node/crypto/openpgp/open.ts';
import type { OpenPgpSigner } from '#node/crypto/openpgp/signer.ts';
import type { FindSigners, VerificationKey } from '#node/crypto/openpgp/verify.ts';
import { memoryLedger, placeOf, type RunningKeys, recordKey, runningKeys } from '../../keys/running-keys.ts';

export interface OurKey extends OwnKey {
  readonly fingerprint: string;
}

export class OurSide {
  readonly #ledger: ReturnType<typeof memoryLedger>;
  readonly gateway: RunningKeys;
  #count = 0;

  private constructor(ledger: ReturnType<typeof memoryLedger>, gateway: RunningKeys) {
    this.#ledger = ledger;
    this.gateway = gateway;
  }

  static async start(): Promise<OurSide> {
    const ledger = memoryLedger();
    return new OurSide(ledger, await runningKeys(ledger));
  }

  async make(algorithm: 'curve25519' | 'rsa3072', address = 'alice@example.org'): Promise<OurKey> {
    const place = placeOf(`ours-${++this.#count}`);
    const made = await this.gateway.keys.generateOpenPgp({
      userId: { name: 'Alice', address },
      algorithm,
      subject: `person/${address}`,
      place,
      expiresInSeconds: 86_400,
    });
    recordKey(this.#ledger, place, made.secret);
    return made;
  }

  async import(secretKey: Uint8Array, passphrase = ''): Promise<OurKey> {
    const place = placeOf(`ours-${++this.#count}`);
    const made = await this.gateway.keys.importOpenPgp({
      secretKey,
      passphrase,
      subject: 'person/alice@example.org',
      place,
    });
    recordKey(this.#ledger, place, made.secret);
    return made;
  }

  signer(key: OurKey): OpenPgpSigner {
    return { keyId: key.keyId, publicKey: key.publicKey, keys: this.gateway.keys };
  }

  /** Everything `openOpenPgp` wants but the message. */
  opening(
    key: OurKey | null,
    signers: readonly VerificationKey[] = [],
    budget: DecompressionBudget = { remainingBytes: 100 * 1024 * 1024 },
  ): Omit<OpenRequest, 'message'> {
    return {
      ownKeys: key ? [key] : [],
      keys: this.gateway.keys,
      findSigners: knowing(...signers),
      budget,
      atMs: Date.now(),
    };
  }
}

export const trusted = (publicKey: Uint8Array): VerificationKey => ({ publicKey, trusted: true });

export const knowing =
  (...keys: readonly VerificationKey[]): FindSigners =>
  async () =>
    keys;
