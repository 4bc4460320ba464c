/**
 * Header protection of incoming mail (RFC 9788 §4): which fields of the protected part are those of the opened mail.
 *
 * The caller asks only for a part that was protected as the whole mail, never for one among others (threat 8). Traces
 * of transport always come from outside (threat 11). A From inside that is not the one outside counts only when the
 * valid signature is of that address; otherwise the outer one stays and the difference is reported (§4.4).
 */
import { Buffer } from 'node:buffer';
import { addressKey } from '#domain/mail/address.ts';
import { parseFrom } from '#domain/mail/address-list.ts';
import { isNeverProtected, isShown, isStructural, isTrace } from '#domain/mail/field-classes.ts';
import { type Header, type HeaderField, structuredField } from '#domain/mime/header.ts';
import { formatParameterised } from '#domain/mime/parameters.ts';
import { endedField, isContentField } from '#domain/mime/split-header.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';

interface RestoredHeader {
  /** Header of the opened mail, complete but for the empty line: outer traces, inner fields, inner Content fields. */
  readonly fields: Uint8Array;
  /** `hp` = RFC 9788; `legacy` = the `protected-headers="v1"` of older programs; null = only outer fields. */
  readonly scheme: 'hp' | 'legacy' | null;
  /** Names (lower case) of fields whose value inside was not to be seen outside. */
  readonly confidential: readonly string[];
  /** Both canonical addresses, empty where there is not exactly one; null when they agree. */
  readonly fromMismatch: { readonly outer: string; readonly inner: string } | null;
}

/** `signerAddresses`: those of the valid signature over the payload, canonical; empty without one. */
export function restoreHeader(
  outer: Header,
  payload: MimeEntity,
  signerAddresses: readonly string[],
): RestoredHeader {
  const scheme = schemeOf(payload);
  const inner = scheme === null ? [] : payload.header.fields.filter((field) => !isNeverProtected(field.key));
  const fromMismatch = inner.length === 0 ? null : mismatchOf(outer, inner);
  const trusted = fromMismatch === null || isSigner(fromMismatch.inner, signerAddresses);
  const taken = inner.filter((field) => trusted || (field.key !== 'from' && field.key !== 'sender'));
  const replaced = new Set(taken.map((field) => field.key));
  const kept = outer.fields.filter((field) => {
    if (isContentField(field) || field.key === 'hp-outer') return false;
    if (isTrace(field.key) || isStructural(field.key)) return true;
    if (replaced.has(field.key)) return false;
    // RFC 9788 §4.2: what the sender did not protect was added on the way, and is not shown as the sender's.
    // A mail always has a From; without a trusted one inside it is the outer one.
    const isOrigin = field.key === 'from' || field.key === 'sender';
    return scheme !== 'hp' || !isShown(field.key) || (isOrigin && !(trusted && replaced.has('from')));
  });
  const hasVersion = kept.some((field) => field.key === 'mime-version');
  const fields = Buffer.concat([
    ...kept.map(endedField),
    ...(hasVersion ? [] : [structuredField('MIME-Version', '1.0')]),
    ...taken.map(endedField),
    ...contentFieldsWithoutMark(payload),
  ]);
  return { fields, scheme, confidential: confidentialOf(outer, inner), fromMismatch };
}

function schemeOf(payload: MimeEntity): RestoredHeader['scheme'] {
  const { parameters } = payload.contentType;
  const hp = parameters.get('hp')?.toLowerCase();
  if (hp === 'clear' || hp === 'cipher') return 'hp';
  return parameters.get('protected-headers')?.toLowerCase() === 'v1' ? 'legacy' : null;
}

function mismatchOf(outer: Header, inner: readonly HeaderField[]): RestoredHeader['fromMismatch'] {
  if (!inner.some((field) => field.key === 'from')) return null; // Then the outer one is used.
  const outside = parseFrom(outer.fields);
  const inside = parseFrom(inner);
  const texts = {
    outer: outside.ok ? outside.address.text : '',
    inner: inside.ok ? inside.address.text : '',
  };
  if (outside.ok && inside.ok && addressKey(texts.outer) === addressKey(texts.inner)) return null;
  return texts;
}

const isSigner = (address: string, signerAddresses: readonly string[]): boolean =>
  address !== '' && signerAddresses.some((signer) => addressKey(signer) === addressKey(address));

/** RFC 9788 §4.3: a field is confidential when no field outside has its name and value. */
function confidentialOf(outer: Header, inner: readonly HeaderField[]): string[] {
  const visible = new Set(outer.fields.map((field) => `${field.key}:${field.value}`));
  const names = inner
    .filter((field) => !visible.has(`${field.key}:${field.value}`))
    .map((field) => field.key);
  return [...new Set(names)];
}

/** The opened part is protected no longer, so its mark goes; the rest of its Content-Type stays. */
function contentFieldsWithoutMark(payload: MimeEntity): Uint8Array[] {
  const { value, parameters } = payload.contentType;
  const isMarked = parameters.has('hp') || parameters.has('protected-headers');
  let first = true;
  return payload.header.fields.filter(isContentField).map((field) => {
    if (!isMarked || field.key !== 'content-type' || !first) return endedField(field);
    first = false;
    const kept = [...parameters].filter(([name]) => name !== 'hp' && name !== 'protected-headers');
    return structuredField(field.name, formatParameterised(value, kept));
  });
}
