/**
 * What in a run of octets would not pass every relay unchanged (RFC 5321 §2.3.7 and §4.5.3.1.6, RFC 8551 §3.1.3).
 */

export interface Findings {
  readonly sizeBytes: number;
  /** Octets above 127. */
  readonly highOctets: number;
  readonly hasNul: boolean;
  /** CR without LF, or LF without CR. */
  readonly hasBareLineEnd: boolean;
  readonly hasLongLine: boolean;
  /** A line that begins with `From `: some relays put `>` before it. */
  readonly hasFromLine: boolean;
  /** White space before a line end: OpenPGP text signatures do not cover it (RFC 3156 §5). */
  readonly hasTrailingSpace: boolean;
}

/** RFC 5322 §2.1.1, without CRLF. */
const LINE_OCTETS_MAX = 998;

const CR = 0x0d;
const LF = 0x0a;
const FROM = [0x46, 0x72, 0x6f, 0x6d, 0x20];

export function inspect(pieces: Iterable<Uint8Array>): Findings {
  let sizeBytes = 0;
  let highOctets = 0;
  let hasNul = false;
  let hasBareLineEnd = false;
  let hasLongLine = false;
  let hasFromLine = false;
  let hasTrailingSpace = false;
  let column = 0;
  let fromMatched = 0;
  let last = 0;
  let beforeCr = 0;
  for (const piece of pieces) {
    sizeBytes += piece.length;
    for (let i = 0; i < piece.length; i += 1) {
      if (column >= FROM.length && last !== CR) {
        const end = endOfPrintable(piece, i);
        if (end > i) {
          column += end - i;
          if (column > LINE_OCTETS_MAX) hasLongLine = true;
          last = piece[end - 1]!;
          i = end;
          if (i === piece.length) break;
        }
      }
      const octet = piece[i]!;
      if (octet === LF) {
        if (last !== CR) hasBareLineEnd = true;
        const before = last === CR ? beforeCr : last;
        if (before === 0x20 || before === 0x09) hasTrailingSpace = true;
        column = 0;
        fromMatched = 0;
      } else {
        if (last === CR) hasBareLineEnd = true;
        if (octet === CR) beforeCr = last;
        else {
          if (octet > 0x7f) highOctets += 1;
          else if (octet === 0) hasNul = true;
          if (fromMatched === column && column < FROM.length && octet === FROM[column]) {
            fromMatched += 1;
            if (fromMatched === FROM.length) hasFromLine = true;
          }
          column += 1;
          if (column > LINE_OCTETS_MAX) hasLongLine = true;
        }
      }
      last = octet;
    }
  }
  if (last === CR) hasBareLineEnd = true;
  if (last === 0x20 || last === 0x09) hasTrailingSpace = true;
  return { sizeBytes, highOctets, hasNul, hasBareLineEnd, hasLongLine, hasFromLine, hasTrailingSpace };
}

/** Nearly all octets of nearly all mail: skipped at once. */
function endOfPrintable(piece: Uint8Array, start: number): number {
  let end = start;
  while (end < piece.length && (piece[end]! - 0x20) >>> 0 < 0x5f) end += 1;
  return end;
}

/** Seven bits, short lines, whole line ends: what RFC 2045 §2.7 calls 7bit. */
export function isSevenBit(findings: Findings): boolean {
  return findings.highOctets === 0 && !findings.hasNul && !findings.hasBareLineEnd && !findings.hasLongLine;
}

/** Every line end as CRLF; the rest as it is. */
export function* lineEndsToCrlf(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let afterCr = false;
  for (const piece of pieces) {
    const out = new Uint8Array(piece.length * 2 + 1);
    let n = 0;
    for (const octet of piece) {
      if (octet === LF) {
        if (!afterCr) out[n++] = CR;
        out[n++] = LF;
        afterCr = false;
      } else {
        if (afterCr) out[n++] = LF;
        out[n++] = octet;
        afterCr = octet === CR;
      }
    }
    if (n > 0) yield out.subarray(0, n);
  }
  if (afterCr) yield Uint8Array.of(LF);
}
