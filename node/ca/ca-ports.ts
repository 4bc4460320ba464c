/**
 * What the own certification authority needs of the gateway, and how it is set up.
 */
import type { KeyAlgorithm, KeysPort } from '#node/keys/port.ts';
import type { LedgerPort } from '#node/ledger/port.ts';

export interface CaPorts {
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: Pick<KeysPort, 'generate' | 'sign'>;
}

export interface CaSettings {
  readonly commonName: string;
  readonly organization: string;
  /** ISO 3166-1, `XX` where none is set. */
  readonly country: string;
  /** http address where partners find the CRL; stands in every certificate. */
  readonly crlUrl: string;
  readonly authorityKey: KeyAlgorithm;
  readonly personKey: KeyAlgorithm;
}

/** RSA: what every mail program of the last twenty years reads (libraries.md, gpgsm and NSS). */
export const CA_KEYS_DEFAULT: Pick<CaSettings, 'authorityKey' | 'personKey'> = {
  authorityKey: { type: 'rsa', bits: 4096 },
  personKey: { type: 'rsa', bits: 3072 },
};

/** There is one authority of our own; its stream's expected version keeps two gateways from making two. */
export const OWN_AUTHORITY_ID = 'internal';
