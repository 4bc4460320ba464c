/**
 * Lines of a mail as the MIME structure needs them: header blocks, and the delimiters of the multiparts now open.
 *
 * Reads the octets once, forward. RFC 2046 §5.1.1.
 */
import { Buffer } from 'node:buffer';
import type { Octets } from '#domain/mail/octets.ts';
import { ByteWindow } from '#domain/mime/byte-window.ts';
import { HEADER_BYTES_MAX } from '#domain/mime/header.ts';

/** RFC 2046 §5.1.1 says 70; some programs exceed it. */
export const BOUNDARY_OCTETS_MAX = 200;
/** A delimiter line with its padding; a longer line is none. */
const DELIMITER_LINE_OCTETS_MAX = BOUNDARY_OCTETS_MAX + 104;

const LINE_WITH_DASHES = Buffer.from('\n--');

export interface Delimiter {
  /** With the line end before it. */
  readonly start: number;
  /** Behind the line end after it; a close delimiter ends before its line end. */
  readonly end: number;
  readonly boundary: string;
  readonly closes: boolean;
}

interface HeaderLines {
  /** Behind the last header line. */
  readonly headerEnd: number;
  /** Behind the empty line. */
  readonly bodyStart: number;
  /** There was an empty line. */
  readonly ended: boolean;
  /** What ended the header when no empty line did. */
  readonly delimiter: Delimiter | null;
}

export class DelimiterReader {
  readonly #window: ByteWindow;
  readonly #isAwaited: (boundary: string) => boolean;

  /** `isAwaited` says which boundaries (one character an octet) count at the moment. */
  constructor(octets: Octets, isAwaited: (boundary: string) => boolean) {
    this.#window = new ByteWindow(octets);
    this.#isAwaited = isAwaited;
  }

  /** A copy of [from, to) of the header read last. */
  copy(from: number, to: number): Uint8Array {
    return this.#window.copy(from, to);
  }

  close(): void {
    this.#window.close();
  }

  /** The header block from `start` up to an empty line, a delimiter or the end; null when it is too long. */
  readHeaderLines(start: number): HeaderLines | null {
    let line = start;
    while (true) {
      const lf = this.#lineFeedFrom(line, start);
      if (lf === -2) return null;
      const end = lf === -1 ? this.#window.end : lf + 1;
      const length = end - line - (lf === -1 ? 0 : 1);
      const first = this.#octet(line);
      if (length === 0 || (length === 1 && first === 0x0d && lf !== -1)) {
        // An empty line, or nothing at all.
        return { headerEnd: line, bodyStart: end, ended: lf !== -1, delimiter: null };
      }
      if (first === 0x2d) {
        const delimiter = this.#delimiterAt(line, start, lf === -1 ? end : lf);
        if (delimiter !== null) {
          const headerEnd = Math.max(delimiter.start, start);
          return { headerEnd, bodyStart: headerEnd, ended: false, delimiter };
        }
      }
      if (lf === -1) return { headerEnd: end, bodyStart: end, ended: false, delimiter: null };
      line = end;
    }
  }

  /** Offset of the next LF, -1 at the end of the mail, -2 when the header from `start` grows too long. */
  #lineFeedFrom(from: number, start: number): number {
    let searched = from;
    while (true) {
      const found = this.#window.bytes.indexOf(0x0a, searched - this.#window.start);
      const end = found === -1 ? this.#window.end : this.#window.start + found;
      if (end - start > HEADER_BYTES_MAX) return -2;
      if (found !== -1) return end;
      searched = this.#window.end;
      if (!this.#window.more(Math.max(0, start - 2))) return -1;
    }
  }

  #octet(offset: number): number {
    return this.#window.bytes[offset - this.#window.start] ?? -1;
  }

  /** The next line that is an awaited delimiter. `at` is the start of a line, or the end of the line before it. */
  find(at: number): Delimiter | null {
    let line = at;
    while (true) {
      // Enough must be visible to judge a whole delimiter line and the line end before it.
      const keepFrom = Math.max(0, line - 2);
      let lf = this.#window.bytes.indexOf(0x0a, line - this.#window.start);
      while (
        lf === -1 &&
        this.#window.end - line <= DELIMITER_LINE_OCTETS_MAX &&
        this.#window.more(keepFrom)
      ) {
        lf = this.#window.bytes.indexOf(0x0a, line - this.#window.start);
      }
      const end = lf === -1 ? this.#window.end : this.#window.start + lf;
      if (this.#octet(line) === 0x2d) {
        const delimiter = this.#delimiterAt(line, 0, end);
        if (delimiter !== null) return delimiter;
      }
      const next = this.#nextDashes(line);
      if (next === -1) return null;
      line = next;
    }
  }

  /** Start of the next line behind `line` that begins with `--`. */
  #nextDashes(line: number): number {
    let from = line;
    while (true) {
      const found = this.#window.bytes.indexOf(LINE_WITH_DASHES, from - this.#window.start);
      if (found !== -1) return this.#window.start + found + 1;
      from = Math.max(from, this.#window.end - 2); // `\n-` may stand at the very end.
      if (!this.#window.more(Math.max(0, from - 2))) return -1;
    }
  }

  /** The line [line, lf) as a delimiter, when it is an awaited one. */
  #delimiterAt(line: number, notBefore: number, lf: number): Delimiter | null {
    if (lf - line > DELIMITER_LINE_OCTETS_MAX) return null;
    const text = this.#window.bytes.toString('latin1', line - this.#window.start, lf - this.#window.start);
    if (!text.startsWith('--')) return null;
    // RFC 2046 §5.1.1 `transport-padding`
    const name = text.slice(2).replace(/[ \t]*\r?$/, '');
    let closes = false;
    if (!this.#isAwaited(name)) {
      closes = name.endsWith('--') && this.#isAwaited(name.slice(0, -2));
      if (!closes) return null;
    }
    let start = line;
    if (start > notBefore && this.#octet(start - 1) === 0x0a) start -= 1;
    if (start < line && start > notBefore && this.#octet(start - 1) === 0x0d) start -= 1;
    const hasLineFeed = this.#octet(lf) === 0x0a;
    const closeEnd = text.endsWith('\r') ? lf - 1 : lf;
    return {
      start,
      end: closes ? closeEnd : hasLineFeed ? lf + 1 : lf,
      boundary: closes ? name.slice(0, -2) : name,
      closes,
    };
  }
}
