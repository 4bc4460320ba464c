/**
 * Chooses what a message is encrypted with, from what its recipients announced (RFC 8551 §2.5.2, §2.7; targets.md).
 *
 * Towards strangers RSA PKCS#1 v1.5 and AES-256-CBC, which everybody reads; better only when it was announced, weaker
 * never: a list that has nothing strong is answered with the default.
 */
import type { AlgorithmIdentifier } from '#node/crypto/asn1/algorithm-identifier.ts';
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import type { HashName, SignatureScheme } from '#node/keys/port.ts';
import type { ContentAlgorithm } from './content-cipher.ts';
import { readTransport, type SendTransport } from './key-transport.ts';
import type { EnvelopeRecipient } from './recipient-info.ts';

/** What is known of a recipient's program: SMIMECapabilities it signed, or null. A partner's profile is such a list. */
export interface Abilities {
  readonly certificate: X509Certificate;
  readonly capabilities: readonly AlgorithmIdentifier[] | null;
}

export interface Sending {
  readonly algorithm: ContentAlgorithm;
  readonly recipients: readonly EnvelopeRecipient[];
}

/** One content algorithm for all recipients of one message, a key transport for each. */
export function chooseSending(recipients: readonly Abilities[]): Sending {
  return {
    algorithm: contentAlgorithm(recipients.map(({ capabilities }) => capabilities)),
    recipients: recipients.map(({ certificate, capabilities }) => ({
      certificate,
      transport: transportOf(certificate, capabilities ?? []),
      namedBy: 'issuer-and-serial',
    })),
  };
}

type Capabilities = readonly AlgorithmIdentifier[] | null;

const announces = (capabilities: Capabilities, oid: string): boolean =>
  capabilities?.some((capability) => capability.oid === oid) ?? false;

/** GCM when all announced it; AES-128-CBC when one announced that and no AES-256. */
function contentAlgorithm(all: readonly Capabilities[]): ContentAlgorithm {
  const everybody = (oid: string) => all.length > 0 && all.every((one) => announces(one, oid));
  if (everybody(OID.aes256Gcm)) return 'aes-256-gcm';
  if (everybody(OID.aes128Gcm)) return 'aes-128-gcm';
  const limited = all.some(
    (one) =>
      announces(one, OID.aes128Cbc) && !announces(one, OID.aes256Cbc) && !announces(one, OID.aes256Gcm),
  );
  return limited ? 'aes-128-cbc' : 'aes-256-cbc';
}

/** OAEP with the announced hash; without parameters that is SHA-1 (RFC 4055 §4.1), which stays safe in OAEP. */
function transportOf(
  certificate: X509Certificate,
  capabilities: readonly AlgorithmIdentifier[],
): SendTransport {
  const key = certificate.publicKey;
  if (key?.asymmetricKeyType !== 'rsa') return 'rsa-pkcs1';
  for (const capability of capabilities) {
    if (capability.oid !== OID.rsaOaep) continue;
    const transport = transportNamed(capability);
    if (transport !== null) return transport;
  }
  return 'rsa-pkcs1';
}

/** What is sent to someone who announced this; null when it is not OAEP or has parameters that are never sent. */
export function transportNamed(capability: AlgorithmIdentifier): SendTransport | null {
  try {
    const transport = readTransport(capability);
    if (transport?.scheme !== 'rsa-oaep' || transport.hash !== transport.mgfHash) return null;
    return transport.hash === 'sha224' ? null : `rsa-oaep-${transport.hash}`;
  } catch (error) {
    if (error instanceof Asn1Error) return null;
    throw error;
  }
}

/** Recipients of one class can share one mail: the same signature scheme and content algorithm suit all of them. */
export function sendingClass(capabilities: Capabilities): string {
  return `${contentAlgorithm([capabilities])} ${announces(capabilities, OID.rsaPss) ? 'pss' : 'pkcs1'}`;
}

/** RFC 4055 §3.1 */
const PSS_SALT_BYTES = 32;

const CURVE_HASHES: Readonly<Record<string, HashName>> = {
  secp384r1: 'sha384',
  brainpoolP384r1: 'sha384',
  secp521r1: 'sha512',
  brainpoolP512r1: 'sha512',
};

/** How a sender's certificate signs a mail; null when its key cannot. RSA-PSS when all recipients announced it. */
export function chooseScheme(
  certificate: X509Certificate,
  all: readonly Capabilities[],
): SignatureScheme | null {
  const key = certificate.publicKey;
  switch (key?.asymmetricKeyType) {
    case 'rsa':
      if (all.length === 0 || !all.every((one) => announces(one, OID.rsaPss))) {
        return { scheme: 'rsa-pkcs1', hash: 'sha256' };
      }
      return { scheme: 'rsa-pss', hash: 'sha256', saltBytes: PSS_SALT_BYTES };
    case 'rsa-pss':
      return { scheme: 'rsa-pss', hash: 'sha256', saltBytes: PSS_SALT_BYTES };
    case 'ec':
      return { scheme: 'ecdsa', hash: CURVE_HASHES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'sha256' };
    case 'ed25519':
      return { scheme: 'ed25519' };
    default:
      return null;
  }
}
