/**
 * The MIME structure of a mail as a tree of offsets into its original bytes.
 *
 * One pass over the bytes; kept are header blocks and offsets, never a body. What is broken stays a leaf with a word
 * in `defects`; only what is beyond a limit fails (threat 23). Lines end with CRLF or LF: mail readers take both.
 *
 * RFC 2046 §5.1.1: the line end before a delimiter belongs to the delimiter. Order of a multipart's offsets:
 * start … header … headerEnd, empty line, bodyStart … preamble … preambleEnd, delimiter, child, delimiter, child,
 * close delimiter, epilogueStart … epilogue … end.
 */
import { Buffer } from 'node:buffer';
import type { Octets } from '#domain/mail/octets.ts';
import { failed, type Outcome, proceed } from '#domain/mail/outcome.ts';
import { BOUNDARY_OCTETS_MAX, type Delimiter, DelimiterReader } from '#domain/mime/delimiter-reader.ts';
import { firstValue, HEADER_BYTES_MAX, type Header, parseHeader } from '#domain/mime/header.ts';
import { type Parameterised, parseParameterised } from '#domain/mime/parameters.ts';

/** Triple wrapping takes four; forwarded threads of twenty attached mails with two levels each fit. */
export const DEPTH_MAX = 50;
/** The largest digests and image galleries have some hundreds. */
export const PARTS_MAX = 1_000;
/** All header blocks together: 1,000 parts with 4 KiB each. They are kept in memory. */
const HEADERS_BYTES_MAX = 4 * 1024 * 1024;

type MimeDefect =
  | 'header-malformed' // a line that is no field
  | 'header-not-ended' // no empty line
  | 'content-type-twice'
  | 'content-type-malformed'
  | 'boundary-missing' // multipart without a usable boundary: a leaf
  | 'no-parts' // the boundary never occurs: a leaf
  | 'not-closed' // no close delimiter
  | 'encoded-composite'; // multipart or message with base64 or quoted-printable (RFC 2045 §6.4): a leaf

export interface MimeEntity {
  readonly start: number;
  readonly headerEnd: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly header: Header;
  /** `type/subtype` in lower case with its parameters, defaults applied (RFC 2045 §5.2). */
  readonly contentType: Parameterised;
  /** Content-Transfer-Encoding in lower case; `7bit` when absent. */
  readonly encoding: string;
  /** Parts of a multipart, or the one mail inside a message/rfc822. */
  readonly children: readonly MimeEntity[];
  /** Where the preamble ends and the epilogue starts; both `end` for a leaf. */
  readonly preambleEnd: number;
  readonly epilogueStart: number;
  readonly defects: readonly MimeDefect[];
}

type Draft = { -readonly [K in keyof MimeEntity]: MimeEntity[K] } & {
  children: Draft[];
  defects: MimeDefect[];
};
/** `message/global` is the same with UTF-8 header fields (RFC 6532 §3.7). */
const isMessage = (type: string): boolean => type === 'message/rfc822' || type === 'message/global';

/** Reads the structure; fails with `too-complex` and nothing else. */
export function parseMime(octets: Octets): Outcome<MimeEntity> {
  const reader = new TreeReader(octets);
  try {
    const problem = reader.read();
    return problem === null ? proceed(reader.root!) : failed('too-complex', problem);
  } finally {
    reader.lines.close();
  }
}

/** Every entity of the tree, parents before children. */
export function* entitiesOf(entity: MimeEntity): Generator<MimeEntity> {
  yield entity;
  for (const child of entity.children) yield* entitiesOf(child);
}

class TreeReader {
  readonly lines: DelimiterReader;
  readonly #sizeBytes: number;
  root: Draft | null = null;
  /** Entities not yet ended, outermost first. */
  readonly #open: Draft[] = [];
  /** Delimiters that count now: boundary → the multiparts that wait for it, innermost last. */
  readonly #awaited = new Map<string, Draft[]>();
  #parts = 0;
  #headersBytes = 0;
  #at = 0;

  constructor(octets: Octets) {
    this.lines = new DelimiterReader(octets, (boundary) => this.#awaited.has(boundary));
    this.#sizeBytes = octets.sizeBytes;
  }

  /** Null, or the limit that was passed. */
  read(): string | null {
    let next: Delimiter | null | string = this.#openEntity('text/plain');
    while (true) {
      if (typeof next === 'string') return next;
      const delimiter: Delimiter | null = next ?? (this.#awaited.size > 0 ? this.lines.find(this.#at) : null);
      if (delimiter === null) break;
      const multipart = this.#awaited.get(delimiter.boundary)!.at(-1)!;
      this.#endInside(multipart, delimiter.start);
      if (multipart.children.length === 0) {
        multipart.preambleEnd = Math.max(delimiter.start, multipart.bodyStart);
      }
      this.#at = delimiter.end;
      multipart.epilogueStart = delimiter.end;
      const settled: MimeDefect = delimiter.closes ? 'not-closed' : 'no-parts';
      multipart.defects = multipart.defects.filter((defect) => defect !== settled);
      next = null;
      const isDigest = multipart.contentType.value === 'multipart/digest'; // RFC 2046 §5.1.5
      if (delimiter.closes) this.#forget(multipart);
      else next = this.#openEntity(isDigest ? 'message/rfc822' : 'text/plain');
    }
    this.#endInside(null, this.#sizeBytes);
    return null;
  }

  /** Reads a header at the current place; gives the delimiter when one ended it, or the limit that was passed. */
  #openEntity(defaultType: string): Delimiter | null | string {
    this.#parts += 1;
    if (this.#parts > PARTS_MAX) return `more than ${PARTS_MAX} parts`;
    if (this.#open.length >= DEPTH_MAX) return `nested deeper than ${DEPTH_MAX}`;
    const start = this.#at;
    const lines = this.lines.readHeaderLines(start);
    if (lines === null) return `header longer than ${HEADER_BYTES_MAX} octets`;
    const header = parseHeader(this.lines.copy(start, lines.headerEnd), start);
    if (header === null) return 'too many header fields';
    this.#headersBytes += lines.headerEnd - start;
    if (this.#headersBytes > HEADERS_BYTES_MAX) return 'headers too long in sum';
    const entity = draftOf(header, lines.bodyStart, defaultType);
    if (!lines.ended) entity.defects.push('header-not-ended');
    if (this.root === null) this.root = entity;
    else this.#open.at(-1)!.children.push(entity);
    this.#open.push(entity);
    this.#at = entity.bodyStart;
    return lines.delimiter ?? this.#descend(entity);
  }

  #descend(entity: Draft): Delimiter | null | string {
    const type = entity.contentType.value;
    const isMultipart = type.startsWith('multipart/');
    if (!isMultipart && !isMessage(type)) return null;
    // RFC 2045 §6.4
    if (!/^(?:7bit|8bit|binary)$/.test(entity.encoding)) {
      entity.defects.push('encoded-composite');
      return null;
    }
    if (!isMultipart) return this.#openEntity('text/plain');
    const boundary = boundaryOf(entity);
    if (boundary === '' || boundary.length > BOUNDARY_OCTETS_MAX) {
      entity.defects.push('boundary-missing');
      return null;
    }
    entity.defects.push('no-parts', 'not-closed'); // Until they come.
    const waiting = this.#awaited.get(boundary);
    if (waiting === undefined) this.#awaited.set(boundary, [entity]);
    else waiting.push(entity);
    return null;
  }

  /** Ends every open entity within `multipart` (all of them for null) at `end`. */
  #endInside(multipart: Draft | null, end: number): void {
    while (this.#open.length > 0 && this.#open.at(-1) !== multipart) {
      const entity = this.#open.pop()!;
      entity.end = Math.max(end, entity.start);
      entity.headerEnd = Math.min(entity.headerEnd, entity.end);
      entity.bodyStart = Math.min(entity.bodyStart, entity.end);
      if (entity.children.length === 0 || entity.preambleEnd === -1) {
        entity.preambleEnd = entity.end;
        entity.epilogueStart = entity.end;
      } else if (entity.defects.includes('not-closed')) entity.epilogueStart = entity.end;
      this.#forget(entity);
    }
  }

  /** The multipart waits for its boundary no longer. */
  #forget(multipart: Draft): void {
    const boundary = boundaryOf(multipart);
    const waiting = this.#awaited.get(boundary);
    if (waiting?.at(-1) !== multipart) return;
    if (waiting.length === 1) this.#awaited.delete(boundary);
    else waiting.pop();
  }
}

/** One character an octet, as the delimiter lines are compared. RFC 2046 §5.1.1: it cannot end with a space. */
function boundaryOf(entity: Draft): string {
  return Buffer.from(entity.contentType.parameters.get('boundary') ?? '', 'utf8')
    .toString('latin1')
    .trimEnd();
}

function draftOf(header: Header, bodyStart: number, defaultType: string): Draft {
  const defects: MimeDefect[] = header.malformed.length > 0 ? ['header-malformed'] : [];
  let contentType: Parameterised = { value: defaultType, parameters: new Map(), malformed: false };
  const given = firstValue(header, 'content-type');
  if (given !== null && given !== '') {
    contentType = parseParameterised(given);
    // RFC 2046 §4: what is not understood is application/octet-stream.
    if (!/^[^\s/]+\/[^\s/]+$/.test(contentType.value)) {
      contentType = { ...contentType, value: 'application/octet-stream', malformed: true };
    }
    if (contentType.malformed) defects.push('content-type-malformed');
    if (header.fields.filter((field) => field.key === 'content-type').length > 1)
      defects.push('content-type-twice');
  }
  const encoding = firstValue(header, 'content-transfer-encoding') ?? '7bit';
  return {
    start: header.start,
    headerEnd: header.end,
    bodyStart,
    end: -1,
    header,
    contentType,
    encoding: parseParameterised(encoding).value || '7bit',
    children: [],
    preambleEnd: -1,
    epilogueStart: -1,
    defects,
  };
}
