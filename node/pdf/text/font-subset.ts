/**
 * A TrueType font with only the glyphs that a document uses, their numbers kept (ISO 32000-2 §9.9.2).
 *
 * The outlines of all others become empty. Shaping is done before, so the tables for it are left out.
 */
import { Buffer } from 'node:buffer';
import { writeTables } from './woff.ts';

/** What a PDF reader needs to draw by glyph number. */
const TABLES = ['cvt ', 'fpgm', 'glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp', 'prep'];
const LONG_OFFSETS = 1;
/** OpenType `glyf`, composite glyph flags. */
const WORDS = 0x0001;
const SCALE = 0x0008;
const MORE = 0x0020;
const TWO_SCALES = 0x0040;
const TWO_BY_TWO = 0x0080;

export class FontTables {
  readonly #tables = new Map<string, Buffer>();

  constructor(font: Buffer) {
    const count = font.readUInt16BE(4);
    for (let i = 0; i < count; i += 1) {
      const at = 12 + i * 16;
      const offset = font.readUInt32BE(at + 8);
      const tag = font.toString('latin1', at, at + 4);
      this.#tables.set(tag, font.subarray(offset, offset + font.readUInt32BE(at + 12)));
    }
  }

  get(tag: string): Buffer | null {
    return this.#tables.get(tag) ?? null;
  }

  need(tag: string): Buffer {
    const table = this.#tables.get(tag);
    if (table === undefined) throw new Error(`font without ${tag}`);
    return table;
  }
}

export function subsetFont(font: FontTables, used: Iterable<number>): Buffer {
  const outlines = outlinesOf(font);
  const kept = withComponents(outlines, used);
  const count = font.need('maxp').readUInt16BE(4);
  const loca = Buffer.alloc((count + 1) * 4);
  const pieces: Buffer[] = [];
  let offset = 0;
  for (let glyph = 0; glyph < count; glyph += 1) {
    loca.writeUInt32BE(offset, glyph * 4);
    if (!kept.has(glyph)) continue;
    const outline = outlines(glyph);
    const padding = -outline.length & 3;
    pieces.push(outline, Buffer.alloc(padding));
    offset += outline.length + padding;
  }
  loca.writeUInt32BE(offset, count * 4);
  const head = Buffer.from(font.need('head'));
  head.writeInt16BE(LONG_OFFSETS, 50);
  const changed = new Map([
    ['glyf', Buffer.concat(pieces)],
    ['head', head],
    ['loca', loca],
  ]);
  const tables = TABLES.flatMap((tag) => {
    const body = changed.get(tag) ?? font.get(tag);
    return body === null ? [] : [{ tag: Buffer.from(tag).readUInt32BE(), checksum: checksum(body), body }];
  });
  return writeTables(0x00010000, tables);
}

function outlinesOf(font: FontTables): (glyph: number) => Buffer {
  const loca = font.need('loca');
  const glyf = font.need('glyf');
  const isLong = font.need('head').readInt16BE(50) === LONG_OFFSETS;
  const offset = (i: number) => (isLong ? loca.readUInt32BE(i * 4) : loca.readUInt16BE(i * 2) * 2);
  return (glyph) => glyf.subarray(offset(glyph), offset(glyph + 1));
}

/** Composite glyphs name others by number. */
function withComponents(outlines: (glyph: number) => Buffer, used: Iterable<number>): Set<number> {
  const kept = new Set<number>([0, ...used]);
  for (const glyph of kept) {
    const outline = outlines(glyph);
    if (outline.length === 0 || outline.readInt16BE(0) >= 0) continue;
    let at = 10;
    let flags: number;
    do {
      flags = outline.readUInt16BE(at);
      kept.add(outline.readUInt16BE(at + 2)); // A set is walked on into what is added.
      at += 4 + (flags & WORDS ? 4 : 2);
      at += flags & SCALE ? 2 : flags & TWO_SCALES ? 4 : flags & TWO_BY_TWO ? 8 : 0;
    } while (flags & MORE);
  }
  return kept;
}

function checksum(body: Buffer): number {
  let sum = 0;
  const whole = body.length & ~3;
  for (let i = 0; i < whole; i += 4) sum = (sum + body.readUInt32BE(i)) >>> 0;
  const rest = Buffer.alloc(4);
  body.copy(rest, 0, whole);
  return (sum + rest.readUInt32BE()) >>> 0;
}
