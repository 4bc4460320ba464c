/**
 * Changes to a mail's header while every other octet stays as it is (features.md P22).
 */
import type { Octets } from '#domain/mail/octets.ts';
import type { Header } from '#domain/mime/header.ts';

/** Offsets are those of the mail; `bytes` are whole fields with their line ends. */
export type HeaderEdit =
  | { readonly kind: 'delete'; readonly start: number; readonly end: number }
  | { readonly kind: 'replace'; readonly start: number; readonly end: number; readonly bytes: Uint8Array }
  /** In front of all fields, as trace fields go (RFC 5321 §4.4); the first edit stands first. */
  | { readonly kind: 'prepend'; readonly bytes: Uint8Array }
  /** Behind the last field. */
  | { readonly kind: 'append'; readonly bytes: Uint8Array };

/** Deletes every field of that name (lower case). */
export function deleteNamed(header: Header, key: string): HeaderEdit[] {
  return header.fields
    .filter((field) => field.key === key)
    .map((field) => ({ kind: 'delete', start: field.start, end: field.end }));
}

/** The first field of that name gets the new octets in its place, the others go; it is appended when there is none. */
export function replaceNamed(header: Header, key: string, bytes: Uint8Array): HeaderEdit[] {
  const [first, ...others] = deleteNamed(header, key);
  if (first === undefined || first.kind !== 'delete') return [{ kind: 'append', bytes }];
  return [{ ...first, kind: 'replace', bytes }, ...others];
}

/** The mail with its edits, in pieces; edits that overlap are a bug of the caller. */
export function* applyEdits(
  octets: Octets,
  header: Header,
  edits: readonly HeaderEdit[],
): Generator<Uint8Array> {
  for (const edit of edits) if (edit.kind === 'prepend') yield edit.bytes;
  const inside = edits.filter((edit) => edit.kind === 'delete' || edit.kind === 'replace');
  inside.sort((a, b) => a.start - b.start);
  let at = header.start;
  for (const edit of inside) {
    if (edit.start < at || edit.end > header.end)
      throw new RangeError('header edits overlap or leave the header');
    if (edit.start > at) yield octets.slice(at, edit.start);
    if (edit.kind === 'replace') yield edit.bytes;
    at = edit.end;
  }
  if (header.end > at) yield octets.slice(at, header.end);
  const appended = edits.filter((edit) => edit.kind === 'append');
  // A header that ended with the mail may lack its last line end.
  if (appended.length > 0 && header.end > at && octets.slice(header.end - 1, header.end)[0] !== 0x0a) {
    yield Uint8Array.of(0x0d, 0x0a);
  }
  for (const edit of appended) yield edit.bytes;
  yield* octets.chunks(header.end, octets.sizeBytes);
}
