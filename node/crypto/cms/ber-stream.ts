/**
 * Pull reader for BER that arrives in pieces: large strings flow through, everything else is read element by element.
 *
 * The caller walks: `enter` a constructed element, look at `peek`, read or skip what is inside, `leave` at its end.
 * Definite and indefinite lengths alike. Bounds of every container are kept; memory is what the caller allows.
 * Throws Asn1Error on bad input; what the source throws passes through.
 */
import { Asn1Error } from '#node/crypto/asn1/asn1-error.ts';
import { CONSTRUCTED, TAG } from '#node/crypto/asn1/tags.ts';

/** As in ber-reader.ts. */
const DEPTH_MAX = 32;
const LENGTH_BYTES_MAX = 8;

interface Header {
  readonly tag: number;
  /** Null = indefinite. */
  readonly length: number | null;
  /** The identifier and length octets as they stand: they may be part of what was signed. */
  readonly raw: Uint8Array;
}

interface Container {
  /** Offset of its end; null = indefinite. */
  readonly end: number | null;
  /** Offset that nothing inside may pass. */
  readonly limit: number;
}

const EMPTY = new Uint8Array(0);
const OUTSIDE: Container = { end: null, limit: Number.MAX_SAFE_INTEGER };

export class BerStream {
  readonly #source: Iterator<Uint8Array>;
  readonly #containers: Container[] = [];
  #piece: Uint8Array = EMPTY;
  #at = 0;
  #pieceOffset = 0; // Where the piece starts in the whole.

  constructor(source: Iterable<Uint8Array>) {
    this.#source = source[Symbol.iterator]();
  }

  /** The next identifier octet; null at the end of the container (or of the source, outside of all). */
  get peek(): number | null {
    const { end } = this.#container;
    if (end !== null) return this.#offset >= end ? null : this.#byteAt(0);
    if (this.#containers.length === 0) return this.#available(1) ? this.#byteAt(0) : null;
    const first = this.#byteAt(0);
    if (first !== 0) return first;
    if (this.#byteAt(1) !== 0) throw new Asn1Error('malformed', 'tag 0 in an indefinite length');
    return null;
  }

  enter(tag: number): void {
    this.#push(this.#expect(tag));
  }

  /** Closes the innermost container, which must be at its end. */
  leave(): void {
    if (this.peek !== null) throw new Asn1Error('malformed', 'octets after the last element');
    const container = this.#containers.pop();
    if (container?.end === null) this.#skip(2);
  }

  /** One whole element in an array of its own; `too-large` when it has more octets than `bytesMax`. */
  element(bytesMax: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let size = 0;
    const keep = (part: Uint8Array) => {
      size += part.length;
      parts.push(part);
    };
    let open = 0;
    do {
      if (open > 0 && this.#byteAt(0) === 0 && this.#byteAt(1) === 0) {
        keep(this.#take(2));
        open -= 1;
        continue;
      }
      const header = this.#header();
      keep(header.raw);
      if (header.length === null) {
        open += 1;
        if (open > DEPTH_MAX) throw new Asn1Error('too-deep', `more than ${DEPTH_MAX} levels`);
      }
      if (size + (header.length ?? 0) > bytesMax) throw new Asn1Error('too-large', 'an element');
      if (header.length !== null) keep(this.#take(header.length));
    } while (open > 0);
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }

  /** The content of an OCTET STRING under a tag of its own, primitive or in segments. Walk it to its end. */
  *octets(primitiveTag: number = TAG.octetString): Generator<Uint8Array> {
    const header = this.#header();
    if (header.tag === primitiveTag && header.length !== null) {
      yield* this.#pieces(header.length);
      return;
    }
    if (header.tag !== (primitiveTag | CONSTRUCTED))
      throw new Asn1Error('malformed', 'an OCTET STRING is missing');
    const outside = this.#containers.length;
    this.#push(header);
    while (this.#containers.length > outside) {
      if (this.peek === null) {
        this.leave();
        continue;
      }
      const segment = this.#header();
      if (segment.tag === TAG.octetString && segment.length !== null) yield* this.#pieces(segment.length);
      else if (segment.tag === (TAG.octetString | CONSTRUCTED)) this.#push(segment);
      else throw new Asn1Error('malformed', 'a segment is no OCTET STRING');
    }
  }

  /** Lets the source close what it holds open. */
  close(): void {
    this.#source.return?.();
  }

  get #offset(): number {
    return this.#pieceOffset + this.#at;
  }

  get #container(): Container {
    return this.#containers.at(-1) ?? OUTSIDE;
  }

  #push({ tag, length }: Header): void {
    if ((tag & CONSTRUCTED) === 0) throw new Asn1Error('malformed', 'element has no parts');
    if (this.#containers.length >= DEPTH_MAX)
      throw new Asn1Error('too-deep', `more than ${DEPTH_MAX} levels`);
    const end = length === null ? null : this.#offset + length;
    this.#containers.push({ end, limit: end ?? this.#container.limit });
  }

  #expect(tag: number): Header {
    const found = this.peek;
    if (found !== tag) {
      const text = found === null ? 'nothing' : `0x${found.toString(16)}`;
      throw new Asn1Error(
        found === null ? 'truncated' : 'malformed',
        `expected tag 0x${tag.toString(16)}, found ${text}`,
      );
    }
    return this.#header();
  }

  #header(): Header {
    const start = this.#take(2);
    const [tag, first] = start as unknown as [number, number];
    if ((tag & 0x1f) === 0x1f) throw new Asn1Error('unsupported', 'tag number above 30');
    if (tag === 0) throw new Asn1Error('malformed', 'end-of-contents where an element should be');
    if (first === 0x80) {
      if ((tag & CONSTRUCTED) === 0)
        throw new Asn1Error('malformed', 'indefinite length of a primitive value');
      return { tag, length: null, raw: start };
    }
    if (first < 0x80) return { tag, length: this.#inside(first), raw: start };
    if ((first & 0x7f) > LENGTH_BYTES_MAX) throw new Asn1Error('too-large', 'length of an element');
    const digits = this.#take(first & 0x7f);
    let length = 0;
    for (const byte of digits) length = length * 256 + byte;
    return { tag, length: this.#inside(length), raw: Buffer.concat([start, digits]) };
  }

  #inside(length: number): number {
    if (this.#offset + length > this.#container.limit) {
      throw new Asn1Error('truncated', 'an element reaches beyond its container');
    }
    return length;
  }

  #byteAt(ahead: number): number {
    this.#inside(ahead + 1);
    if (!this.#available(ahead + 1)) throw new Asn1Error('truncated', 'the input ends inside an element');
    return this.#piece[this.#at + ahead] as number;
  }

  /** True when so many octets (a few) stand together in the current piece; joins pieces for it. */
  #available(count: number): boolean {
    while (this.#piece.length - this.#at < count) {
      const next = this.#source.next();
      if (next.done === true) return false;
      const rest = this.#piece.subarray(this.#at);
      this.#pieceOffset += this.#at;
      this.#at = 0;
      this.#piece = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    }
    return true;
  }

  #skip(count: number): void {
    this.#at += count;
  }

  /** So many octets as an array of their own. */
  #take(count: number): Uint8Array {
    this.#inside(count);
    const parts: Uint8Array[] = [];
    for (const piece of this.#pieces(count)) parts.push(Uint8Array.prototype.slice.call(piece));
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }

  /** So many octets as they come. */
  *#pieces(count: number): Generator<Uint8Array> {
    let missing = count;
    while (missing > 0) {
      if (!this.#available(1)) throw new Asn1Error('truncated', 'the input ends inside an element');
      const piece = this.#piece.subarray(this.#at, this.#at + missing);
      this.#at += piece.length;
      missing -= piece.length;
      yield piece;
    }
  }
}
