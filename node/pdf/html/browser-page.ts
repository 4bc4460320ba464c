/**
 * HTML of a mail for a browser that prints it: without what acts or fetches, with pictures of the mail by names of ours,
 * and with the numbers of its links. The browser's own rules keep the rest out (node/render/print-page.ts).
 */
import { Parser } from 'htmlparser2';
import type { LinkNotes } from './link-notes.ts';

export interface BrowserPagePorts {
  readonly links: LinkNotes;
  /** The address of a picture for the page; null for what is not in the mail. */
  picture(source: string): string | null;
  /** Said where a picture is missing. */
  readonly pictureNotShown: string;
}

/** As in html-tree.ts. */
const ELEMENTS_MAX = 40_000;
const TEXT_CHARS_MAX = 600_000;
const PIECE_CHARS = 65_536;
const WORDS_CHARS_MAX = 2_000;

/** Left out with what is in them. */
const DROPPED = new Set(
  (
    'script iframe frame frameset object embed applet template title audio video canvas portal noembed noframes ' +
    'textarea select datalist fencedframe'
  ).split(' '),
);
/** Left out, what is in them stays. */
const UNWRAPPED = new Set('html head link base meta source track param form'.split(' '));
const VOID = new Set('area br col hr img input wbr'.split(' '));
const DROPPED_ATTRIBUTE =
  /^(?:on.*|srcset|href|xlink:href|action|formaction|ping|autofocus|nonce|target|is|slot|loading)$/;
const ATTRIBUTE_NAME = /^[a-z_][a-z0-9_:.-]{0,60}$/;

export function browserPage(html: string, ports: BrowserPagePorts): { html: string; isCut: boolean } {
  const writer = new PageWriter(ports);
  const parser = new Parser(
    {
      onopentag: (tag, attributes) => writer.open(tag, attributes),
      ontext: (text) => writer.text(text),
      onclosetag: (tag) => writer.close(tag),
    },
    { decodeEntities: true },
  );
  for (let at = 0; at < html.length && !writer.isCut; at += PIECE_CHARS) {
    parser.write(html.slice(at, at + PIECE_CHARS));
  }
  if (!writer.isCut) parser.end();
  return { html: writer.out.join(''), isCut: writer.isCut };
}

/** A plain text for the same page. */
export const browserText = (text: string): string =>
  `<div style="white-space:pre-wrap;overflow-wrap:anywhere">${escaped(text)}</div>`;

class PageWriter {
  readonly out: string[] = [];
  isCut = false;
  readonly #ports: BrowserPagePorts;
  #dropped = 0;
  #inStyle = false;
  #elements = 0;
  #chars = 0;
  /** The link that is open, and its words so far. */
  #link: { readonly href: string; words: string } | null = null;

  constructor(ports: BrowserPagePorts) {
    this.#ports = ports;
  }

  open(tag: string, attributes: Readonly<Record<string, string>>): void {
    if (DROPPED.has(tag)) this.#dropped += 1;
    if (this.isCut || this.#dropped > 0 || UNWRAPPED.has(tag) || !ATTRIBUTE_NAME.test(tag)) return;
    this.#elements += 1;
    if (this.#elements > ELEMENTS_MAX) {
      this.isCut = true;
      return;
    }
    if (tag === 'img' && this.#addressOf(attributes.src ?? '') === null) {
      this.#missing(attributes.alt);
      return;
    }
    this.#inStyle = tag === 'style';
    if (tag === 'a' && attributes.href !== undefined) this.#link = { href: attributes.href, words: '' };
    const kept = Object.entries(attributes).flatMap(([key, value]) => this.#attribute(key, value));
    this.out.push(`<${tag}${kept.join('')}>`);
  }

  text(text: string): void {
    if (this.isCut || this.#dropped > 0) return;
    const room = TEXT_CHARS_MAX - this.#chars;
    this.#chars += text.length;
    this.isCut = this.#chars > TEXT_CHARS_MAX;
    const kept = text.slice(0, room).toWellFormed();
    if (this.#link !== null && this.#link.words.length < WORDS_CHARS_MAX) this.#link.words += kept;
    // `</` would end the style; pages are laid out by us.
    this.out.push(
      this.#inStyle ? kept.replace(/<\/|<!--|-->/g, ' ').replace(/@page\b/gi, '@x') : escaped(kept),
    );
  }

  close(tag: string): void {
    if (DROPPED.has(tag)) this.#dropped = Math.max(0, this.#dropped - 1);
    else if (this.#dropped === 0 && !UNWRAPPED.has(tag) && !VOID.has(tag) && ATTRIBUTE_NAME.test(tag)) {
      if (tag === 'style') this.#inStyle = false;
      if (tag === 'a') this.#note();
      this.out.push(`</${tag}>`);
    }
  }

  #addressOf(source: string): string | null {
    return /^\s*data:image\//i.test(source) ? source.trim() : this.#ports.picture(source.trim());
  }

  /** A picture without words counted readers, or was a decoration. */
  #missing(alt = ''): void {
    const words = alt.replace(/\s+/g, ' ').trim();
    if (words !== '') this.out.push(`<i>[${escaped(words)}: ${escaped(this.#ports.pictureNotShown)}]</i>`);
  }

  #note(): void {
    const number = this.#link === null ? null : this.#ports.links.noteFor(this.#link.href, this.#link.words);
    this.#link = null;
    if (number !== null) this.out.push(`<sup style="font-size:.65em;line-height:0">[${number}]</sup>`);
  }

  #attribute(key: string, value: string): string[] {
    if (!ATTRIBUTE_NAME.test(key)) return [];
    // A link without an address looks like none.
    if (key === 'href') return [' data-link=""'];
    if (DROPPED_ATTRIBUTE.test(key)) return [];
    if (key !== 'src' && key !== 'background') return [` ${key}="${escaped(value)}"`];
    const address = this.#addressOf(value);
    return address === null ? [] : [` ${key}="${escaped(address)}"`];
  }
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
