/**
 * ASCII armour (RFC 9580 §6): base64 between BEGIN and END lines.
 *
 * Reading is lenient in what the RFC lets be ignored (unknown headers, the checksum) and strict in the frame.
 * Writing: 64 characters a line, CRLF, CRC-24 only for packets older than version 6 (§6.1), which old programs ask for.
 */
import { OpenPgpError } from './openpgp-error.ts';

type ArmourType = 'MESSAGE' | 'SIGNATURE' | 'PUBLIC KEY BLOCK' | 'PRIVATE KEY BLOCK';

interface ArmouredBlock {
  readonly type: string;
  readonly binary: Buffer;
  /** Octets of the whole block in the text it was found in. */
  readonly start: number;
  readonly end: number;
}

const BASE64_LINE = 64;
const BLOCKS_MAX = 10_000; // A mass import of keys; more are cut into files by the operator.
const BEGIN = /^-----BEGIN PGP ([A-Z ,/0-9]{1,40})-----[ \t]*\r?$/gm;

export function isArmoured(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).includes(
    '-----BEGIN PGP ',
  );
}

/** All blocks in a text, in order. Throws `malformed` when one that begins does not end. */
export function readArmour(text: Uint8Array): ArmouredBlock[] {
  const latin = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1'); // Octets stay at their offsets.
  const blocks: ArmouredBlock[] = [];
  BEGIN.lastIndex = 0;
  for (let begin = BEGIN.exec(latin); begin; begin = BEGIN.exec(latin)) {
    if (blocks.length >= BLOCKS_MAX) throw new OpenPgpError('too-large', 'too many armoured blocks');
    const type = begin[1] as string;
    const endLine = `-----END PGP ${type}-----`;
    const endAt = latin.indexOf(endLine, BEGIN.lastIndex);
    if (endAt < 0) throw new OpenPgpError('malformed', `armour of ${type} does not end`);
    const body = latin.slice(BEGIN.lastIndex, endAt);
    blocks.push({ type, binary: decodeBody(body), start: begin.index, end: endAt + endLine.length });
    BEGIN.lastIndex = endAt + endLine.length;
  }
  return blocks;
}

/** Headers end with an empty line; the checksum line starts with `=`. */
function decodeBody(body: string): Buffer {
  const start = /^\s*?\n(?:[A-Za-z]+:[^\n]*\n)*[ \t]*\r?\n/.exec(body);
  let base64 = start ? body.slice(start[0].length) : body;
  const checksum = base64.search(/\n=[A-Za-z0-9+/]{4}\s*$/);
  if (checksum >= 0) base64 = base64.slice(0, checksum);
  if (/[^A-Za-z0-9+/=\s]/.test(base64)) throw new OpenPgpError('malformed', 'armour holds more than base64');
  return Buffer.from(base64, 'base64');
}

export function writeArmour(type: ArmourType, binary: Uint8Array, checksum: boolean): Buffer {
  const base64 = Buffer.from(binary.buffer, binary.byteOffset, binary.length).toString('base64');
  const lines: string[] = [`-----BEGIN PGP ${type}-----`, ''];
  for (let at = 0; at < base64.length; at += BASE64_LINE) lines.push(base64.slice(at, at + BASE64_LINE));
  if (checksum) lines.push(`=${crc24(binary).toString('base64')}`);
  lines.push(`-----END PGP ${type}-----`, '');
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet << 16;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? (crc << 1) ^ 0x1864cfb : crc << 1;
  return crc & 0xffffff;
});

/** RFC 9580 §6.1.1. */
function crc24(octets: Uint8Array): Buffer {
  let crc = 0xb704ce;
  for (const octet of octets) {
    crc = ((crc << 8) & 0xffffff) ^ (CRC_TABLE[((crc >> 16) ^ octet) & 0xff] as number);
  }
  return Buffer.from([crc >> 16, (crc >> 8) & 0xff, crc & 0xff]);
}
