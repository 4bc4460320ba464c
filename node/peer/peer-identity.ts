/**
 * Which gateway a certificate of the gateway CA names: one URI `urn:sealgate:node:<node>` among its alternative names,
 * never a common name. Used on both ends of a connection between gateways.
 */
import type { X509Certificate } from 'node:crypto';

const PREFIX = 'urn:sealgate:node:';

export const nodeUri = (node: string): string => `${PREFIX}${node}`;

/** Null when the certificate names no gateway, or more than one. */
export function nodeOf(certificate: X509Certificate | undefined): string | null {
  const names = (certificate?.subjectAltName ?? '').split(', ');
  const uris = names.filter((name) => name.startsWith(`URI:${PREFIX}`));
  const node = uris[0]?.slice(`URI:${PREFIX}`.length);
  return uris.length === 1 && node && /^[a-z0-9-]{3,80}$/.test(node) ? node : null;
}
