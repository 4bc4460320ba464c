/**
 * The CAs of a PEM file: one, or two of them while they are renewed. And how a gateway that was away asks another one
 * for a certificate that it can check: by a server name that names the CA it trusts (RFC 6066 §3), no host.
 */
import { createHash, X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const LABEL_DIGITS = 32; // A label of DNS has 63 at most; 128 bits name one of a few.

/** The older first. */
export function authoritiesIn(pem: string): X509Certificate[] {
  return (pem.match(BLOCK) ?? []).map((block) => new X509Certificate(block));
}

/** The one of them that has issued the certificate; null: it is trusted no more. */
export function issuerAmong(pem: string, certificate: X509Certificate): X509Certificate | null {
  const issued = (ca: X509Certificate) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
  return authoritiesIn(pem).find(issued) ?? null;
}

export function nameOfAuthority({ raw }: X509Certificate): string {
  return `${createHash('sha256').update(raw).digest('hex').slice(0, LABEL_DIGITS)}.ca.invalid`;
}
