/** What a person signs with: what is there and good for long enough, else made at need. */
import { fromBase64Url } from '#domain/canonical-json.ts';
import { isLogAway } from '#node/ledger/log-away.ts';
import type { ReadModels } from '#projections/read-models.ts';
import type { SigningKeys } from './facts.ts';
import { ownCertificate } from './own-keys.ts';

const RENEW_BEFORE_MS = 30 * 86_400_000; // A month: a partner's cached certificate is replaced before it ends.

/** Makes what a person needs to sign, at first need. Resolves when it is in the log and in the read models. */
export type Equip = (address: string, method: 'smime' | 'openpgp') => Promise<void>;

const NONE: SigningKeys = { smime: null, openpgp: null };

/** Nothing for an address that is not ours. */
export async function signingKeys(
  ports: { readonly models: ReadModels; readonly equip: Equip; readonly nowMs: () => number },
  address: string,
  method: 'smime' | 'openpgp',
): Promise<SigningKeys> {
  const { models, equip, nowMs } = ports;
  const goodFor = (ms: number): SigningKeys | null =>
    (method === 'smime' ? smimeUntil : openPgpUntil)(models, address, nowMs() + ms);
  const ready = goodFor(RENEW_BEFORE_MS);
  if (ready) return ready;
  if (models.people.domainOf(address) === null) return NONE;
  try {
    await equip(address, method);
  } catch (error) {
    // Due to be renewed, but good today: until changes can be made again it serves.
    const today = isLogAway(error) ? goodFor(0) : null;
    if (today) return today;
    throw error;
  }
  return goodFor(RENEW_BEFORE_MS) ?? NONE;
}

function smimeUntil(models: ReadModels, address: string, untilMs: number): SigningKeys | null {
  const equipment = models.people.person(address)?.smime;
  if (!equipment || equipment.notAfter < untilMs) return null;
  const certificate = models.certificates.get(equipment.signature.certificate);
  if (certificate?.status !== 'known' || certificate.trust === 'distrusted') return null;
  const { encryption, signature } = equipment;
  const other =
    encryption.certificate === signature.certificate ? null : models.certificates.get(encryption.certificate);
  const encryptionCertificate = other ? fromBase64Url(other.facts.der) : null;
  return {
    smime: { ...ownCertificate(models, certificate, signature.keyId), encryptionCertificate },
    openpgp: null,
  };
}

function openPgpUntil(models: ReadModels, address: string, untilMs: number): SigningKeys | null {
  const equipment = models.people.person(address)?.openPgp;
  const key = equipment ? models.ownKeys.get(equipment.keyId) : null;
  if (key?.status !== 'active' || (equipment?.notAfter ?? Infinity) < untilMs) return null;
  const publicKey = fromBase64Url(key.facts.publicKey);
  return {
    smime: null,
    openpgp: { keyId: key.facts.keyId, publicKey, fingerprint: key.facts.fingerprint ?? '' },
  };
}
