/**
 * How one entity is protected, by its structure alone: S/MIME, PGP/MIME, inline PGP. Nothing is verified here.
 */
import { Buffer } from 'node:buffer';
import type { Octets } from '#domain/mail/octets.ts';
import type { Technology } from '#domain/mail/verdict.ts';
import { fileNameOf } from '#domain/mime/attachment.ts';
import { bufferOver } from '#domain/mime/text.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { entitiesOf, type MimeEntity } from '#domain/mime/tree.ts';

interface ProtectionFound {
  readonly technology: Technology;
  /** `opaque` = application/pkcs7-mime that may be signed or encrypted: only its content tells. */
  readonly kind: 'encrypted' | 'signed' | 'opaque' | 'compressed' | 'inline-encrypted' | 'inline-signed';
}

/** The protection that this entity itself is; its children are not looked at. Null for ordinary content. */
export function protectionOf(octets: Octets, entity: MimeEntity): ProtectionFound | null {
  const { value: type, parameters } = entity.contentType;
  if (type === 'multipart/signed' || type === 'multipart/encrypted') return multipartKind(entity);
  // RFC 8551 §3.2; the `x-` names are those of RFC 2311.
  if (type === 'application/pkcs7-mime' || type === 'application/x-pkcs7-mime') {
    return { technology: 'smime', kind: pkcs7Kind(parameters.get('smime-type') ?? '') };
  }
  if (type === 'application/octet-stream' && hasPkcs7Name(entity))
    return { technology: 'smime', kind: 'opaque' };
  if (type === 'text/plain' || type === 'application/pgp') return inlineKind(octets, entity);
  return null;
}

/** RFC 1847; the protocol decides, and where it is missing the second part's type. */
function multipartKind(entity: MimeEntity): ProtectionFound | null {
  const second = entity.children[1]?.contentType.value ?? '';
  const protocol = (entity.contentType.parameters.get('protocol') ?? '').toLowerCase() || second;
  if (entity.contentType.value === 'multipart/encrypted') {
    const isPgp =
      protocol === 'application/pgp-encrypted' ||
      entity.children[0]?.contentType.value === 'application/pgp-encrypted';
    return isPgp ? { technology: 'openpgp', kind: 'encrypted' } : null;
  }
  if (protocol === 'application/pgp-signature') return { technology: 'openpgp', kind: 'signed' };
  const isPkcs7 = protocol === 'application/pkcs7-signature' || protocol === 'application/x-pkcs7-signature';
  return isPkcs7 ? { technology: 'smime', kind: 'signed' } : null;
}

function pkcs7Kind(smimeType: string): ProtectionFound['kind'] {
  switch (smimeType.toLowerCase()) {
    case 'enveloped-data':
    case 'authenveloped-data':
      return 'encrypted';
    case 'signed-data':
    case 'certs-only':
      return 'signed';
    case 'compressed-data':
      return 'compressed';
    default:
      return 'opaque';
  }
}

/** RFC 8551 §3.2.1: some gateways lose the type and keep the name. */
function hasPkcs7Name(entity: MimeEntity): boolean {
  const name = fileNameOf(entity).toLowerCase();
  return name.endsWith('.p7m') || name.endsWith('.p7c') || name.endsWith('.p7z');
}

/** Armour may follow a greeting or a disclaimer, not a novel. */
const ARMOUR_SEARCH_OCTETS = 65_536;
const ENCRYPTED = Buffer.from('-----BEGIN PGP MESSAGE-----');
const SIGNED = Buffer.from('-----BEGIN PGP SIGNED MESSAGE-----');

function inlineKind(octets: Octets, entity: MimeEntity): ProtectionFound | null {
  const start = textStart(octets, entity);
  if (startsLine(start, ENCRYPTED)) return { technology: 'openpgp', kind: 'inline-encrypted' };
  return startsLine(start, SIGNED) ? { technology: 'openpgp', kind: 'inline-signed' } : null;
}

function textStart(octets: Octets, entity: MimeEntity): Buffer {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for (const piece of decodedBody(octets, entity)) {
    pieces.push(Buffer.from(bufferOver(piece).subarray(0, ARMOUR_SEARCH_OCTETS - sizeBytes)));
    sizeBytes += piece.length;
    if (sizeBytes >= ARMOUR_SEARCH_OCTETS) break;
  }
  return Buffer.concat(pieces);
}

function startsLine(text: Buffer, armour: Buffer): boolean {
  for (let at = text.indexOf(armour); at !== -1; at = text.indexOf(armour, at + 1)) {
    if (at === 0 || text[at - 1] === 0x0a) return true;
  }
  return false;
}

/** Protections anywhere in the mail; inline PGP only in its first text part. Attached mails are looked into. */
export function protectionsIn(octets: Octets, entity: MimeEntity): ProtectionFound[] {
  const found: ProtectionFound[] = [];
  let textSeen = false;
  for (const part of entitiesOf(entity)) {
    if (part.contentType.value === 'text/plain') {
      if (textSeen) continue;
      textSeen = true;
    }
    const protection = protectionOf(octets, part);
    if (protection !== null) found.push(protection);
  }
  return found;
}
