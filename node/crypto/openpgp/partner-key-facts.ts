/** What the log keeps of a partner's OpenPGP key. */
import { toBase64Url } from '#domain/canonical-json.ts';
import type { PartnerKeyFacts } from '#domain/keys/partner-key.ts';
import type { OpenPgpKeyDescription } from './public-key.ts';

export function factsOfPartnerKey(key: OpenPgpKeyDescription): PartnerKeyFacts {
  return {
    publicKey: toBase64Url(key.publicKey),
    addresses: key.addresses,
    userIds: key.userIds,
    createdAt: key.createdAtMs,
    expiresAt: key.expiresAtMs,
    usages: key.usages,
  };
}
