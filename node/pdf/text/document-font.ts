/**
 * A typeface as one document uses it: which glyphs, and what text they stand for; embedded at the end as a subset.
 *
 * ISO 32000-2 §9.7: a composite font with glyph numbers as codes, and a map back to text for search, copy, reading aloud.
 */
import { Buffer } from 'node:buffer';
import type { PdfFile } from '#node/pdf/write/pdf-file.ts';
import { name, type PdfRef } from '#node/pdf/write/values.ts';
import { subsetFont } from './font-subset.ts';
import type { Typeface } from './typeface.ts';

/** ISO 32000-2 §9.10.3: so many entries a block. */
const MAP_ENTRIES_MAX = 100;
const SYMBOLIC = 4;

export class DocumentFont {
  readonly face: Typeface;
  readonly resource: string;
  readonly ref: PdfRef;
  /** By glyph and text: two texts with one look stay two, for search and copy. Code 0 is the glyph for nothing. */
  readonly #codes = new Map<string, number>();
  readonly #entries: { readonly glyph: number; readonly text: string }[] = [{ glyph: 0, text: '' }];

  constructor(face: Typeface, resource: string, ref: PdfRef) {
    this.face = face;
    this.resource = resource;
    this.ref = ref;
  }

  /** The code that shows the glyph and means the text; empty: its meaning stands elsewhere. */
  codeFor(glyph: number, text: string): string {
    const key = `${glyph} ${text}`;
    let code = this.#codes.get(key);
    if (code === undefined) {
      code = this.#entries.length;
      this.#codes.set(key, code);
      this.#entries.push({ glyph, text });
    }
    return hex(code);
  }

  /** Writes the font's objects. `tag` makes the subset's name unlike that of any other (§9.9.2). */
  embed(file: PdfFile, tag: string): void {
    const program = subsetFont(
      this.face.tables,
      this.#entries.map(({ glyph }) => glyph),
    );
    const baseFont = name(`${tag}+${this.face.key.split('/').slice(0, 2).join('-')}`);
    const FontFile2 = file.addStream({ Length1: program.length }, program);
    const em = (units: number) => Math.round(units * 1000);
    const descriptor = file.add({
      Type: name('FontDescriptor'),
      FontName: baseFont,
      Flags: SYMBOLIC,
      FontBBox: this.#box(),
      ItalicAngle: 0,
      Ascent: em(this.face.ascent),
      Descent: -em(this.face.descent),
      CapHeight: 714,
      StemV: 80,
      FontFile2,
    });
    const descendant = file.add({
      Type: name('Font'),
      Subtype: name('CIDFontType2'),
      BaseFont: baseFont,
      CIDSystemInfo: { Registry: 'Adobe', Ordering: 'Identity', Supplement: 0 },
      FontDescriptor: descriptor,
      W: [0, this.#entries.map(({ glyph }) => em(this.face.advanceOf(glyph)))],
      CIDToGIDMap: file.addStream({}, this.#glyphMap()),
    });
    file.put(this.ref, {
      Type: name('Font'),
      Subtype: name('Type0'),
      BaseFont: baseFont,
      Encoding: name('Identity-H'),
      DescendantFonts: [descendant],
      ToUnicode: file.addStream({}, this.#textMap()),
    });
  }

  #box(): number[] {
    const head = this.face.tables.need('head');
    return [36, 38, 40, 42].map((at) => Math.round((head.readInt16BE(at) * 1000) / this.face.unitsPerEm));
  }

  /** §9.7.4.2: two octets a code. */
  #glyphMap(): Buffer {
    const map = Buffer.alloc(this.#entries.length * 2);
    this.#entries.forEach(({ glyph }, code) => {
      map.writeUInt16BE(glyph, code * 2);
    });
    return map;
  }

  #textMap(): Buffer {
    const entries = this.#entries.flatMap(({ text }, code) =>
      text === '' ? [] : [`<${hex(code)}> <${utf16(text)}>\n`],
    );
    let blocks = '';
    for (let i = 0; i < entries.length; i += MAP_ENTRIES_MAX) {
      const block = entries.slice(i, i + MAP_ENTRIES_MAX);
      blocks += `${block.length} beginbfchar\n${block.join('')}endbfchar\n`;
    }
    return Buffer.from(
      `/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <0000> <ffff> endcodespacerange
${blocks}endcmap CMapName currentdict /CMap defineresource pop end end`,
      'latin1',
    );
  }
}

const hex = (code: number): string => code.toString(16).padStart(4, '0');

const utf16 = (text: string): string => Buffer.from(text.toWellFormed(), 'utf16le').swap16().toString('hex');
