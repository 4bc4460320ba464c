/** What a person signs with: what is there and good for long enough, else made at need. */
import { fromBase64Url } from '#domain/canonical-json.ts';
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
  const now = (): SigningKeys | null =>
    method === 'smime'
      ? smimeNow(ports.models, address, ports.nowMs())
      : openPgpNow(ports.models, address, ports.nowMs());
  const ready = now();
  if (ready) return ready;
  if (ports.models.people.domainOf(address) === null) return NONE;
  await ports.equip(address, method);
  return now() ?? NONE;
}

function smimeNow(models: ReadModels, address: string, nowMs: number): SigningKeys | null {
  const equipment = models.people.person(address)?.smime;
  if (!equipment || equipment.notAfter < nowMs + RENEW_BEFORE_MS) return null;
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

function openPgpNow(models: ReadModels, address: string, nowMs: number): SigningKeys | null {
  const equipment = models.people.person(address)?.openPgp;
  const key = equipment ? models.ownKeys.get(equipment.keyId) : null;
  if (key?.status !== 'active' || (equipment?.notAfter ?? Infinity) < nowMs + RENEW_BEFORE_MS) return null;
  const publicKey = fromBase64Url(key.facts.publicKey);
  return {
    smime: null,
    openpgp: { keyId: key.facts.keyId, publicKey, fingerprint: key.facts.fingerprint ?? '' },
  };
}
