/**
 * Certificates between gateways and of their engine: small authorities of the cluster's own, and what they issue. They
 * have nothing to do with mail and stand in no trust store but the cluster's (replication.md §4.2).
 */
import { createPublicKey } from 'node:crypto';
import { isIP } from 'node:net';
import {
  boolean,
  type DerNode,
  ia5String,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
} from '#node/crypto/asn1/der-writer.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import type { Signer } from '#node/keys/port.ts';
import type { X509Certificate } from './certificate.ts';
import {
  certificateContent,
  extension,
  keyIdentifier,
  signChecked,
  usageBits,
  validityFrom,
  verified,
} from './certificate-content.ts';
import { writeName } from './distinguished-name.ts';
import { schemeFor, schemeForKey } from './issuer-scheme.ts';

const ORGANIZATION = { oid: OID.organizationName, value: 'Sealgate cluster' };

export interface NodeAuthorityRequest {
  readonly commonName: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly validityDays: number;
  readonly atMs: number;
}

/** Self-signed; issues end certificates only. */
export async function issueNodeAuthority(
  { commonName, publicKey, validityDays, atMs }: NodeAuthorityRequest,
  sign: Signer,
): Promise<X509Certificate> {
  const name = writeName([ORGANIZATION, { oid: OID.commonName, value: commonName }]);
  const scheme = schemeForKey(createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' }));
  const validity = validityFrom(atMs, validityDays, Number.POSITIVE_INFINITY);
  const extensions = [
    extension(OID.basicConstraints, sequence(boolean(true), integer(0)), 'critical'),
    extension(OID.keyUsage, usageBits('keyCertSign', 'cRLSign'), 'critical'),
    extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
  ];
  const tbs = certificateContent({ issuer: name, subject: name, validity, publicKey, extensions, scheme });
  const root = await signChecked(tbs, scheme, sign, () => []);
  return verified(root, root);
}

export interface NodeCertificateRequest {
  readonly issuer: X509Certificate;
  /** The engine's user name; null for certificates of servers: a name there would lend its rights. */
  readonly commonName: string | null;
  /** Host names and addresses it is dialled by. */
  readonly hosts: readonly string[];
  readonly uris: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  readonly publicKey: Uint8Array;
  readonly validityDays: number;
  readonly atMs: number;
}

export async function issueNodeCertificate(
  request: NodeCertificateRequest,
  sign: Signer,
): Promise<X509Certificate> {
  const { issuer, commonName, hosts, uris, usages, publicKey, validityDays, atMs } = request;
  const scheme = schemeFor(issuer);
  const names = [...hosts.map(hostName), ...uris.map((uri) => implicit(6, ia5String(uri)))];
  const purposes = usages.map((usage) => oid(usage === 'server' ? OID.serverAuth : OID.clientAuth));
  const authorityKeyId = issuer.extensions.subjectKeyId ?? new Uint8Array();
  const extensions = [
    extension(OID.authorityKeyIdentifier, sequence(implicit(0, octetString(authorityKeyId)))),
    extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    extension(OID.basicConstraints, sequence(), 'critical'),
    extension(OID.keyUsage, usageBits('digitalSignature'), 'critical'),
    extension(OID.extendedKeyUsage, sequence(...purposes)),
    ...(names.length > 0 ? [extension(OID.subjectAltName, sequence(...names))] : []),
  ];
  const tbs = certificateContent({
    issuer: issuer.subject.der,
    subject: writeName([
      ORGANIZATION,
      ...(commonName === null ? [] : [{ oid: OID.commonName, value: commonName }]),
    ]),
    validity: validityFrom(atMs, validityDays, issuer.notAfterMs),
    publicKey,
    extensions,
    scheme,
  });
  return verified(await signChecked(tbs, scheme, sign, () => []), issuer);
}

/** RFC 5280 §4.2.1.6: dNSName [2] or iPAddress [7]. */
function hostName(host: string): DerNode {
  const family = isIP(host);
  if (family === 0) return implicit(2, ia5String(host));
  return implicit(7, octetString(family === 4 ? ipv4Octets(host) : ipv6Octets(host)));
}

function ipv4Octets(address: string): Uint8Array {
  return Uint8Array.from(address.split('.'), Number);
}

/** RFC 4291 §2.2, also with an IPv4 address at its end. */
function ipv6Octets(address: string): Uint8Array {
  const plain = address.split('%')[0]!.replace(/[\d.]+\.[\d.]+$/, (v4) => {
    const [a = 0, b = 0, c = 0, d = 0] = ipv4Octets(v4);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [front = '', back] = plain.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((g) => Number.parseInt(g, 16));
  const first = groups(front);
  const last = back === undefined ? [] : groups(back);
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
