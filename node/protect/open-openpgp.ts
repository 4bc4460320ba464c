/**
 * OpenPGP layers of an incoming mail: PGP/MIME encrypted and signed, and inline armour in a text body.
 */
import { addressKey } from '#domain/mail/address.ts';
import { octetsOf, windowOf } from '#domain/mail/octets.ts';
import type { LayerReport } from '#domain/mail/verdict.ts';
import { multipart } from '#domain/mime/compose.ts';
import { structuredField } from '#domain/mime/header.ts';
import { formatParameter } from '#domain/mime/parameters.ts';
import { encodeQuotedPrintable } from '#domain/mime/quoted-printable.ts';
import { entityPieces } from '#domain/mime/split-header.ts';
import { asciiBytes, gather } from '#domain/mime/text.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { openInline } from '#node/crypto/openpgp/inline.ts';
import { failedReport, type OpenRequest, openOpenPgp } from '#node/crypto/openpgp/open.ts';
import { type FindSigners, verifyDetached } from '#node/crypto/openpgp/verify.ts';
import { newBoundary } from './boundary.ts';
import { entityOf, isProtected, type LayerEnd, type OpenContext, type OpeningMail } from './layer.ts';

/** Keys known for the From address: a signature of anyone else is not the author's (threat 6). */
function signersOf(context: OpenContext): FindSigners {
  return async () => {
    if (context.from === null) return [];
    const { keys } = await context.ports.ask('openPgpSigners', { addresses: [context.from] });
    return keys;
  };
}

function requestOf(message: Uint8Array, context: OpenContext): OpenRequest {
  return {
    message,
    ownKeys: context.recipient.decryptOpenPgp,
    keys: context.ports.keys,
    findSigners: signersOf(context),
    budget: context.budget,
    atMs: context.atMs,
  };
}

/** RFC 3156 §4: the version part first, the message in the second. */
export async function openPgpEncrypted(mail: OpeningMail, context: OpenContext): Promise<LayerEnd> {
  const part = mail.entity.children[1];
  if (!part || mail.entity.children.length !== 2) {
    return { layers: [failedReport('structure of multipart/encrypted')], inside: null, unwraps: false };
  }
  const end = await openOpenPgp(requestOf(gather(decodedBody(mail.octets, part)), context));
  const layers = end.layers.map((layer) => withAddress(layer, context));
  if (end.kind === 'not-opened') return { layers, inside: null, unwraps: false };
  const inside = entityOf(octetsOf(end.content));
  if (!inside) return { layers: [failedReport('structure beyond the limits')], inside: null, unwraps: false };
  return { layers, inside, unwraps: true };
}

/** RFC 3156 §5. The part is verified exactly as it stands. */
export async function verifyPgpSigned(mail: OpeningMail, context: OpenContext): Promise<LayerEnd> {
  const [content, signature] = mail.entity.children;
  if (!content || !signature) throw new Error('two children were checked');
  const layer = await verifyDetached({
    content: gather(mail.octets.chunks(content.start, content.end)),
    signature: gather(decodedBody(mail.octets, signature)),
    findSigners: signersOf(context),
    atMs: context.atMs,
    whole: true,
  });
  const inside = entityOf(windowOf(mail.octets, content.start, content.end));
  return {
    layers: [withAddress(layer, context)],
    inside,
    unwraps: inside !== null && isProtected(inside.entity),
  };
}

const ARMOUR_MARK = asciiBytes('-----BEGIN PGP ');

/** Armour in a text body; only a body that is nothing else counts as signed or encrypted as a whole. */
export async function openInlinePgp(mail: OpeningMail, context: OpenContext): Promise<LayerEnd | null> {
  const text = gather(decodedBody(mail.octets, mail.entity));
  if (Buffer.from(text.buffer, text.byteOffset, text.byteLength).indexOf(ARMOUR_MARK) < 0) return null;
  const { message: _, ...request } = requestOf(text, context);
  const found = await openInline({ ...request, text });
  if (!found) return null;
  const layers: LayerReport[] = [];
  for (const piece of found.pieces) {
    if (piece.kind === 'text') continue;
    for (const layer of piece.layers) layers.push(partOnly(withAddress(layer, context), found.whole));
  }
  if (!found.pieces.some((piece) => piece.kind === 'opened')) return { layers, inside: null, unwraps: false };
  const charset = mail.entity.contentType.parameters.get('charset') ?? 'utf-8';
  const shown = found.pieces.map((piece) => (piece.kind === 'opened' ? piece.content : piece.text));
  // Threats 2 and 8: what was decrypted is an entity of its own, never joined with the text around it.
  const inside = found.whole
    ? textEntity(charset, shown)
    : multipart(
        NO_FIELDS,
        'multipart/mixed',
        newBoundary(),
        shown.map((text) => textEntity(charset, [text])),
      );
  return { layers, inside: entityOf(octetsOf(gather(inside))), unwraps: true };
}

const NO_FIELDS = new Uint8Array(0);

function textEntity(charset: string, text: readonly Uint8Array[]): Iterable<Uint8Array> {
  const fields = Buffer.concat([
    structuredField('Content-Type', `text/plain; ${formatParameter('charset', charset)}`),
    structuredField('Content-Transfer-Encoding', 'quoted-printable'),
  ]);
  return entityPieces(fields, encodeQuotedPrintable(text));
}

/** Threat 6: the signer's addresses must hold the one From address. */
function withAddress(layer: LayerReport, context: OpenContext): LayerReport {
  if (layer.kind !== 'signed' || layer.outcome !== 'valid') return layer;
  const { from } = context;
  if (from === null) return { ...layer, outcome: 'not-verified', problem: 'from-ambiguous' };
  const bound = layer.signer?.addresses.some((a) => addressKey(a) === addressKey(from)) ?? false;
  return bound ? layer : { ...layer, outcome: 'not-verified', problem: 'address-mismatch' };
}

/** Threat 8. */
function partOnly(layer: LayerReport, whole: boolean): LayerReport {
  if (layer.kind !== 'signed' || whole) return layer;
  const problem = layer.outcome === 'valid' ? 'part-only' : layer.problem;
  return { ...layer, whole: false, outcome: 'not-verified', ...(problem ? { problem } : {}) };
}
