/**
 * Packet headers of OpenPGP (RFC 9580 §4.2): where each packet of a sequence lies, without looking into it.
 *
 * Cheap enough to be done before anything hostile is given to the library: counting, splitting, refusing.
 * Throws `malformed`.
 */
import { OpenPgpError } from './openpgp-error.ts';

export const TAG = {
  pkesk: 1,
  signature: 2,
  skesk: 3,
  onePassSignature: 4,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  compressed: 8,
  symmetricallyEncrypted: 9,
  marker: 10,
  literal: 11,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
  seipd: 18,
  aeadEncrypted: 20,
  padding: 21,
} as const;

export interface PacketPlace {
  readonly tag: number;
  /** First octet of the header. */
  readonly start: number;
  /** First octet of the body. */
  readonly body: number;
  /** After the last octet. */
  readonly end: number;
}

export function* packetsOf(bytes: Uint8Array): Generator<PacketPlace> {
  let start = 0;
  while (start < bytes.length) {
    const packet = packetAt(bytes, start);
    yield packet;
    start = packet.end;
  }
}

function packetAt(bytes: Uint8Array, start: number): PacketPlace {
  const first = bytes[start] as number;
  if ((first & 0x80) === 0) throw new OpenPgpError('malformed', 'not an OpenPGP packet');
  const place = first & 0x40 ? newFormat(bytes, start, first & 0x3f) : oldFormat(bytes, start, first);
  if (place.end > bytes.length || place.body > bytes.length) {
    throw new OpenPgpError('malformed', 'packet longer than the message');
  }
  return place;
}

/** RFC 9580 §4.2.2, legacy format. */
function oldFormat(bytes: Uint8Array, start: number, first: number): PacketPlace {
  const tag = (first >> 2) & 0x0f;
  const lengthType = first & 3;
  if (lengthType === 3) return { tag, start, body: start + 1, end: bytes.length };
  const octets = 1 << lengthType;
  const body = start + 1 + octets;
  return { tag, start, body, end: body + numberAt(bytes, start + 1, octets) };
}

/** RFC 9580 §4.2.1; a body in partial lengths is followed to its end. */
function newFormat(bytes: Uint8Array, start: number, tag: number): PacketPlace {
  let at = start + 1;
  let body = -1;
  for (;;) {
    const first = bytes[at];
    if (first === undefined) throw new OpenPgpError('malformed', 'packet header cut off');
    const partial = first >= 224 && first < 255;
    const octets = first < 192 || partial ? 1 : first < 224 ? 2 : 5;
    const length = partial
      ? 2 ** (first & 0x1f)
      : octets === 1
        ? first
        : octets === 2
          ? ((first - 192) << 8) + numberAt(bytes, at + 1, 1) + 192
          : numberAt(bytes, at + 1, 4);
    if (body < 0) body = at + octets;
    at += octets + length;
    if (!partial) return { tag, start, body, end: at };
    if (at > bytes.length) throw new OpenPgpError('malformed', 'packet longer than the message');
  }
}

/** The body of a packet in one piece, partial lengths taken out. */
export function bodyOf(bytes: Uint8Array, { start, body, end }: PacketPlace): Uint8Array {
  const isNewFormat = ((bytes[start] as number) & 0x40) !== 0;
  const pieces: Uint8Array[] = [];
  let at = start + 1;
  while (isNewFormat) {
    const first = bytes[at] as number;
    if (first < 224 || first === 255) break;
    pieces.push(bytes.subarray(at + 1, at + 1 + 2 ** (first & 0x1f)));
    at += 1 + 2 ** (first & 0x1f);
  }
  if (pieces.length === 0) return bytes.subarray(body, end);
  const first = bytes[at] as number;
  return Buffer.concat([...pieces, bytes.subarray(at + (first < 192 ? 1 : first < 224 ? 2 : 5), end)]);
}

function numberAt(bytes: Uint8Array, at: number, octets: number): number {
  let value = 0;
  for (let i = 0; i < octets; i++) {
    const octet = bytes[at + i];
    if (octet === undefined) throw new OpenPgpError('malformed', 'packet header cut off');
    value = value * 256 + octet;
  }
  return value;
}

/** A packet of known length, new format with a five-octet length: simple, and allowed for every length. */
export function packet(tag: number, ...body: Uint8Array[]): Buffer {
  const head = Buffer.alloc(6);
  head[0] = 0xc0 | tag;
  head[1] = 0xff;
  head.writeUInt32BE(
    body.reduce((sum, part) => sum + part.length, 0),
    2,
  );
  return Buffer.concat([head, ...body]);
}
