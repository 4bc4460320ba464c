/** What partners' mail programs read, for the management: as announced, or the profile an operator chose. */
import { fromBase64Url, toBase64Url } from '#domain/canonical-json.ts';
import { parseMailbox } from '#domain/mail/address.ts';
import {
  type Capability,
  capabilitiesInUse,
  type ProfileName,
  partnerDecider,
  partnerStream,
} from '#domain/partners/partner.ts';
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import { chooseSending, sendingClass } from '#node/crypto/cms/choose-algorithms.ts';
import { capabilityText, PROFILE_CAPABILITIES } from '#node/crypto/cms/sending-profiles.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { type Actor, AdminRefusal } from '#node/web/admin-request.ts';
import type { PartnerAbilities } from '#node/web/certificates-admin-port.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import type { ReadModels } from '#projections/read-models.ts';
import { type PortParts, perform } from './parts.ts';

const identifierOf = ({ oid, parameters }: Capability): AlgorithmIdentifier => ({
  oid,
  parameters: parameters === null ? null : fromBase64Url(parameters),
});

/** For each address of a partner's certificate. */
export function abilitiesOf(models: ReadModels, known: KnownCertificate): PartnerAbilities[] {
  if (known.facts.usages.includes('ca') || known.facts.keyId !== null) return [];
  return known.facts.addresses.map((address) => {
    const partner = models.partners.ofAddress(address);
    const inUse = capabilitiesInUse(partner)?.map(identifierOf) ?? null;
    return {
      address,
      announced: partner.announced?.capabilities.map((c) => capabilityText(identifierOf(c))) ?? [],
      announcedAtMs: partner.announced?.signedAt ?? null,
      profile: partner.profile?.name ?? 'automatic',
      ...usedWith(known, inUse),
    };
  });
}

function usedWith(
  { facts }: KnownCertificate,
  capabilities: readonly AlgorithmIdentifier[] | null,
): { content: string; keyTransport: string; signature: 'pss' | 'pkcs1' } {
  const certificate = readCertificate(fromBase64Url(facts.der));
  const { algorithm, recipients } = chooseSending([{ certificate, capabilities }]);
  const isRsa = certificate.publicKey?.asymmetricKeyType === 'rsa';
  return {
    content: algorithm.toUpperCase(),
    keyTransport: isRsa ? (recipients[0]?.transport ?? '') : 'ecdh',
    signature: sendingClass(capabilities).endsWith('pss') ? 'pss' : 'pkcs1',
  };
}

export async function chooseProfile(
  parts: PortParts,
  request: { address: string; profile: ProfileName },
  by: Actor,
): Promise<void> {
  const parsed = parseMailbox(request.address);
  if (!parsed.ok) throw new AdminRefusal('malformed', 'This is not a mail address.');
  const address = parsed.address.text;
  const capabilities = PROFILE_CAPABILITIES[request.profile].map(({ oid, parameters }) => ({
    oid,
    parameters: parameters === null ? null : toBase64Url(parameters),
  }));
  const command = {
    type: 'ChooseProfile' as const,
    address,
    profile: request.profile,
    capabilities,
    at: by.atMs,
  };
  await perform(parts, partnerDecider, partnerStream(address), command, by);
}
