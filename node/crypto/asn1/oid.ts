/**
 * Object identifiers: dotted text to content octets and back (X.690 §8.19).
 */
import { Asn1Error } from './asn1-error.ts';
import { OID } from './oid-table.ts';

/** Content octets; the longest identifiers in use have fewer than 20. */
const OID_BYTES_MAX = 64;

const known = new Map<string, Uint8Array>(Object.values(OID).map((dotted) => [dotted, encode(dotted)]));

/** Content octets of an object identifier that we write ourselves: wrong text is a fault, not bad input. */
export function encodedOid(dotted: string): Uint8Array {
  return known.get(dotted) ?? encode(dotted);
}

function encode(dotted: string): Uint8Array {
  const arcs = dotted.split('.').map((arc) => {
    if (!/^\d+$/.test(arc)) throw new TypeError(`not an object identifier: ${dotted}`);
    return BigInt(arc);
  });
  const [first, second, ...others] = arcs;
  if (first === undefined || second === undefined || first > 2n || (first < 2n && second > 39n)) {
    throw new TypeError(`not an object identifier: ${dotted}`);
  }
  return Uint8Array.from([first * 40n + second, ...others].flatMap(base128));
}

function base128(arc: bigint): number[] {
  const digits = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) digits.unshift(Number(rest & 0x7fn) | 0x80);
  return digits;
}

/** Dotted text of content octets. Throws Asn1Error. */
export function decodedOid(content: Uint8Array): string {
  if (content.length === 0 || content.length > OID_BYTES_MAX || (content.at(-1) as number) >= 0x80) {
    throw new Asn1Error('malformed', 'object identifier of impossible length');
  }
  const arcs: (number | bigint)[] = [];
  let arc = 0;
  let big: bigint | null = null; // Arcs beyond 2^53 exist (UUIDs under 2.25).
  let started = false;
  for (const byte of content) {
    if (!started && byte === 0x80) throw new Asn1Error('malformed', 'object identifier with leading zero');
    started = byte >= 0x80;
    if (big === null && arc > 0x3f_ffff_ffff) big = BigInt(arc);
    if (big === null) arc = arc * 128 + (byte & 0x7f);
    else big = (big << 7n) | BigInt(byte & 0x7f);
    if (started) continue;
    arcs.push(big ?? arc);
    arc = 0;
    big = null;
  }
  const head = arcs[0] as number | bigint;
  const root = head < 40 ? 0 : head < 80 ? 1 : 2;
  const second = typeof head === 'bigint' ? head - 80n : head - root * 40;
  return [root, second, ...arcs.slice(1)].join('.');
}
