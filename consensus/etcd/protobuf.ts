/**
 * The wire format of Protocol Buffers, as far as etcd's messages need it: varints, octets, nested messages.
 *
 * Own code, because a general library drops a misspelt field without a word and writes an unknown enum name as 0, and
 * because int64 is bigint here. Messages are described as a tree of known sizes and copied once, as in `der-writer.ts`.
 */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const VARINT_BYTES_MAX = 10;

interface Node {
  readonly sizeBytes: number;
  readonly tag: number;
  readonly contentBytes: number;
  readonly content: bigint | Uint8Array | readonly Field[];
}

/** Null: a field of its default value, which is not written (proto3). */
export type Field = Node | null;

export type MessageFields = readonly Field[];

/** int64, uint64, enum or bool; left out when 0. */
export const integer = (number: number, value: bigint | number): Field =>
  BigInt(value) === 0n ? null : chosenInteger(number, value);

/** A member of a oneof: written even when it is 0. */
export function chosenInteger(number: number, value: bigint | number): Field {
  const content = BigInt.asUintN(64, BigInt(value));
  const tag = (number << 3) | VARINT;
  const contentBytes = varintBytes(content);
  return { tag, content, contentBytes, sizeBytes: varintBytes(tag) + contentBytes };
}

export const flag = (number: number, value: boolean): Field => integer(number, value ? 1 : 0);

export const octets = (number: number, value: Uint8Array): Field =>
  value.length === 0 ? null : delimited(number, value.length, value);

export const text = (number: number, value: string): Field => octets(number, Buffer.from(value, 'utf8'));

/** Written even when it is empty: a message that is there differs from one that is not. */
export function message(number: number, fields: MessageFields): Field {
  return delimited(number, contentBytes(fields), fields);
}

function delimited(number: number, contentBytes: number, content: Uint8Array | MessageFields): Node {
  const tag = (number << 3) | LENGTH_DELIMITED;
  const sizeBytes = varintBytes(tag) + varintBytes(contentBytes) + contentBytes;
  return { tag, content, contentBytes, sizeBytes };
}

export function encode(fields: MessageFields): Buffer {
  const target = Buffer.allocUnsafe(contentBytes(fields));
  writeFields(target, 0, fields);
  return target;
}

function contentBytes(fields: MessageFields): number {
  let size = 0;
  for (const field of fields) size += field?.sizeBytes ?? 0;
  return size;
}

function writeFields(target: Buffer, start: number, fields: MessageFields): number {
  let at = start;
  for (const field of fields) {
    if (!field) continue;
    at = writeVarint(target, at, field.tag);
    const { content } = field;
    if (typeof content === 'bigint') {
      at = writeVarint(target, at, content);
      continue;
    }
    at = writeVarint(target, at, field.contentBytes);
    if (content instanceof Uint8Array) {
      target.set(content, at);
      at += content.length;
    } else at = writeFields(target, at, content);
  }
  return at;
}

function varintBytes(value: number | bigint): number {
  let size = 1;
  for (let rest = BigInt(value); rest > 0x7fn; rest >>= 7n) size += 1;
  return size;
}

function writeVarint(target: Buffer, start: number, value: number | bigint): number {
  let at = start;
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) target[at++] = Number(rest & 0x7fn) | 0x80;
  target[at++] = Number(rest);
  return at;
}

/** Octets that are no message: a bug on one of the two sides, or a foreign server. */
export class ProtobufError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtobufError';
  }
}

/**
 * Reads a message field by field: `while (reader.next()) switch (reader.number) …`.
 * A field whose value is not read is passed over, so newer servers may send more than we know.
 */
export class FieldReader {
  number = 0;
  readonly #octets: Uint8Array;
  #at = 0;
  #wireType = VARINT;
  #read = true;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  next(): boolean {
    if (!this.#read) this.#skip();
    if (this.#at >= this.#octets.length) return false;
    const tag = Number(this.#varint());
    this.number = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    this.#read = false;
    return true;
  }

  /** int64. */
  integer(): bigint {
    return BigInt.asIntN(64, this.#value());
  }

  unsigned(): bigint {
    return BigInt.asUintN(64, this.#value());
  }

  flag(): boolean {
    return this.#value() !== 0n;
  }

  /** A view, not a copy. */
  octets(): Uint8Array {
    this.#expect(LENGTH_DELIMITED);
    return this.#take(Number(this.#varint()));
  }

  text(): string {
    const { buffer, byteOffset, length } = this.octets();
    return Buffer.from(buffer, byteOffset, length).toString('utf8');
  }

  message(): FieldReader {
    return new FieldReader(this.octets());
  }

  #value(): bigint {
    this.#expect(VARINT);
    return this.#varint();
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType)
      throw new ProtobufError(`field ${this.number} has wire type ${this.#wireType}, not ${wireType}`);
    this.#read = true;
  }

  #skip(): void {
    this.#read = true;
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === LENGTH_DELIMITED) this.#take(Number(this.#varint()));
    else if (this.#wireType === FIXED64) this.#take(8);
    else if (this.#wireType === FIXED32) this.#take(4);
    else throw new ProtobufError(`field ${this.number} has the unknown wire type ${this.#wireType}`);
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#octets.length) throw new ProtobufError('a field ends beyond its message');
    const taken = this.#octets.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #varint(): bigint {
    // Up to seven octets fit a number exactly; revisions and lengths are that short, lease and member ids are not.
    let low = 0;
    let scale = 1;
    let high = 0n;
    for (let count = 0; count < VARINT_BYTES_MAX; count += 1) {
      const octet = this.#octets[this.#at++];
      if (octet === undefined) throw new ProtobufError('a number ends beyond its message');
      if (count < 7) {
        low += (octet & 0x7f) * scale;
        scale *= 128;
      } else high |= BigInt(octet & 0x7f) << BigInt(7 * count);
      if (octet < 0x80) return count < 7 ? BigInt(low) : BigInt(low) | high;
    }
    throw new ProtobufError('a number is longer than ten octets');
  }
}
