/**
 * CRC-32C (Castagnoli; RFC 3720 §12.1), the checksum of LevelDB's files, and the masking LevelDB stores it under.
 *
 * Eight tables, eight octets a step: node:zlib has only the other polynomial.
 */
const POLYNOMIAL = 0x82f63b78;
const MASK = 0xa282ead8;

const TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
for (let n = 0; n < 256; n++) {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  TABLES[0]![n] = crc;
}
for (let k = 1; k < 8; k++) {
  for (let n = 0; n < 256; n++) {
    const before = TABLES[k - 1]![n]!;
    TABLES[k]![n] = (before >>> 8) ^ TABLES[0]![before & 0xff]!;
  }
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  ...[Int32Array, Int32Array, Int32Array, Int32Array],
  ...[Int32Array, Int32Array, Int32Array, Int32Array],
];

/** Of octets [from, to), as an unsigned number; `before`: that of the octets in front of them. */
export function crc32c(octets: Uint8Array, from = 0, to: number = octets.length, before = 0): number {
  let crc = ~before;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const low =
      crc ^ (octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24));
    crc =
      T7[low & 0xff]! ^
      T6[(low >>> 8) & 0xff]! ^
      T5[(low >>> 16) & 0xff]! ^
      T4[low >>> 24]! ^
      T3[octets[at + 4]!]! ^
      T2[octets[at + 5]!]! ^
      T1[octets[at + 6]!]! ^
      T0[octets[at + 7]!]!;
  }
  for (; at < to; at++) crc = T0[(crc ^ octets[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** As LevelDB stores it, since a CRC of octets that hold their own CRC says little. */
export function maskedCrc32c(octets: Uint8Array, from: number, to: number): number {
  const crc = crc32c(octets, from, to);
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0;
}
