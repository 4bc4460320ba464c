/**
 * Whether what a person has is still good: keys active, certificates not revoked, and not about to end.
 */
import { certificateDecider, certificateStream } from '#domain/certificates/certificate.ts';
import { foldStream, type Instant } from '#domain/decider.ts';
import { keyRecordDecider, keyStream } from '#domain/keys/key-record.ts';
import type { CertifiedKey, SmimeEquipment } from '#domain/people/person.ts';
import type { CaPorts } from './ca-ports.ts';

/** A month: a partner's cached certificate is replaced before it ends. */
const RENEW_BEFORE_MS = 30 * 86_400_000;

export async function isStillGood(
  { ledger }: Pick<CaPorts, 'ledger'>,
  { signature, encryption, notAfter }: SmimeEquipment,
  at: Instant,
): Promise<boolean> {
  if (notAfter < at + RENEW_BEFORE_MS) return false;
  return (await isGood(ledger, signature)) && (await isGood(ledger, encryption));
}

async function isGood(
  ledger: Pick<CaPorts['ledger'], 'readStream'>,
  { keyId, certificate }: CertifiedKey,
): Promise<boolean> {
  const key = foldStream(keyRecordDecider, await ledger.readStream(keyStream(keyId)));
  const issued = foldStream(certificateDecider, await ledger.readStream(certificateStream(certificate)));
  return key.status === 'active' && issued.status === 'known' && issued.trust !== 'distrusted';
}
