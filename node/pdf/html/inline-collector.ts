/**
 * Collects what stands in one paragraph; white space is put together as HTML does it (CSS Text 3 §4.1).
 */
import type { PdfImage } from '#node/pdf/image/image.ts';
import type { Inline, TextStyle } from '#node/pdf/layout/model.ts';
import type { ComputedStyle } from './computed-style.ts';
import { readableOn } from './css-colour.ts';

export class InlineCollector {
  #inlines: Inline[] = [];
  /** A space was read; it is written when more comes. */
  #space: TextStyle | null = null;
  #atStart = true;

  get isEmpty(): boolean {
    return this.#inlines.length === 0;
  }

  text(text: string, style: ComputedStyle): void {
    const drawn = drawnStyle(style);
    if (style.keepsSpace) {
      const kept = text
        .replace(/\r\n?/g, '\n')
        .replace(/\t/g, '        ')
        .replace(/ {2,}|(?<=^|\n) /g, (s) => '\u00a0'.repeat(s.length));
      if (kept !== '') this.#put(kept, drawn);
      this.#atStart = false;
      return;
    }
    for (const part of transformed(text, style).split(/([ \t\r\n\f]+)/)) {
      if (part === '') continue;
      if (/^[ \t\r\n\f]/.test(part)) {
        if (!this.#atStart) this.#space ??= drawn;
      } else this.#put(part, drawn);
    }
  }

  lineBreak(style: ComputedStyle): void {
    this.#space = null;
    this.#put('\n', drawnStyle(style));
    this.#atStart = true;
  }

  image(image: PdfImage, width: number, height: number, alt: string): void {
    this.#writeSpace();
    this.#inlines.push({ kind: 'image', image, width, height, alt });
    this.#atStart = false;
  }

  /** What was collected, without a line break at its end; the collector starts anew. */
  take(): Inline[] {
    const inlines = this.#inlines;
    this.#inlines = [];
    this.#space = null;
    this.#atStart = true;
    const last = inlines.at(-1);
    if (last?.kind === 'text' && last.text.endsWith('\n')) {
      const text = last.text.slice(0, -1);
      if (text === '' && inlines.length > 1) inlines.pop();
      else inlines[inlines.length - 1] = { ...last, text };
    }
    return inlines;
  }

  #put(text: string, style: TextStyle): void {
    this.#writeSpace();
    const last = this.#inlines.at(-1);
    if (last?.kind === 'text' && isSame(last.style, style)) {
      this.#inlines[this.#inlines.length - 1] = { ...last, text: last.text + text };
    } else this.#inlines.push({ kind: 'text', text, style });
    this.#atStart = false;
  }

  #writeSpace(): void {
    const style = this.#space;
    this.#space = null;
    if (style !== null) this.#put(' ', style);
  }
}

function transformed(text: string, { transform }: ComputedStyle): string {
  switch (transform) {
    case 'uppercase':
      return text.toUpperCase();
    case 'lowercase':
      return text.toLowerCase();
    case 'capitalize':
      return text.replace(/(?<![\p{L}\p{N}'’])\p{L}/gu, (letter) => letter.toUpperCase());
    case 'none':
      return text;
  }
}

const drawnStyles = new WeakMap<TextStyle, TextStyle>();

/** The same object for the same style, so that pieces of text join. */
function drawnStyle({ text, behind }: ComputedStyle): TextStyle {
  let drawn = drawnStyles.get(text);
  if (drawn === undefined) {
    const colour = readableOn(text.colour, text.background ?? behind);
    drawn = colour === text.colour ? text : { ...text, colour };
    drawnStyles.set(text, drawn);
  }
  return drawn;
}

function isSame(a: TextStyle, b: TextStyle): boolean {
  return (
    a === b ||
    (a.sizePt === b.sizePt &&
      a.bold === b.bold &&
      a.italic === b.italic &&
      a.mono === b.mono &&
      a.underline === b.underline &&
      a.strike === b.strike &&
      a.rise === b.rise &&
      String(a.colour) === String(b.colour) &&
      String(a.background) === String(b.background))
  );
}
