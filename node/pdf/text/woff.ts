/**
 * WOFF 1.0 to the font file inside (W3C WOFF §3 to §5): the tables inflated, one behind the other.
 *
 * Only for fonts that ship with Sealgate; a file that is not one is a broken installation, so it throws.
 */
import { Buffer } from 'node:buffer';
import { inflateSync } from 'node:zlib';

const HEADER_BYTES = 44;
const ENTRY_BYTES = 20;
const SFNT_HEADER_BYTES = 12;
const SFNT_ENTRY_BYTES = 16;

export function unpackWoff(woff: Buffer): Buffer {
  if (woff.readUInt32BE(0) !== 0x774f4646) throw new Error('not a WOFF file');
  const count = woff.readUInt16BE(12);
  const tables: { tag: number; checksum: number; body: Buffer }[] = [];
  for (let at = HEADER_BYTES; at < HEADER_BYTES + count * ENTRY_BYTES; at += ENTRY_BYTES) {
    const offset = woff.readUInt32BE(at + 4);
    const packed = woff.subarray(offset, offset + woff.readUInt32BE(at + 8));
    const sizeBytes = woff.readUInt32BE(at + 12);
    const body = packed.length < sizeBytes ? inflateSync(packed) : packed;
    tables.push({ tag: woff.readUInt32BE(at), checksum: woff.readUInt32BE(at + 16), body });
  }
  return writeTables(woff.readUInt32BE(4), tables);
}

/** OpenType §"Organization of an OpenType Font"; tables stand at multiples of four. */
export function writeTables(
  flavour: number,
  tables: readonly { readonly tag: number; readonly checksum: number; readonly body: Buffer }[],
): Buffer {
  const head = Buffer.alloc(SFNT_HEADER_BYTES + tables.length * SFNT_ENTRY_BYTES);
  const power = 2 ** Math.floor(Math.log2(tables.length));
  head.writeUInt32BE(flavour, 0);
  head.writeUInt16BE(tables.length, 4);
  head.writeUInt16BE(power * 16, 6);
  head.writeUInt16BE(Math.log2(power), 8);
  head.writeUInt16BE((tables.length - power) * 16, 10);
  const pieces: Buffer[] = [head];
  let offset = head.length;
  tables.forEach(({ tag, checksum, body }, i) => {
    const at = SFNT_HEADER_BYTES + i * SFNT_ENTRY_BYTES;
    head.writeUInt32BE(tag, at);
    head.writeUInt32BE(checksum, at + 4);
    head.writeUInt32BE(offset, at + 8);
    head.writeUInt32BE(body.length, at + 12);
    const padding = -body.length & 3;
    pieces.push(body, Buffer.alloc(padding));
    offset += body.length + padding;
  });
  return Buffer.concat(pieces);
}
