/**
 * The style sheets of a mail: rules with simple selectors (tag, class, id, and ancestors of them), in order of weight.
 *
 * What is for screens of a certain width, for print or for a state of the mouse is left out; nothing is ever loaded.
 */
import type { HtmlElement } from './html-tree.ts';

export type Declarations = ReadonlyMap<string, string>;

interface Compound {
  readonly tag: string | null;
  readonly id: string | null;
  readonly classes: readonly string[];
}

interface Rule {
  /** The element's own part last. */
  readonly selector: readonly Compound[];
  readonly weight: number;
  readonly order: number;
  readonly declarations: Declarations;
}

/** Large newsletters have some hundreds; each is tried on the elements that share its last part. */
const RULES_MAX = 1_000;
const DECLARATIONS_KEPT_MAX = 5_000;
const COMPOUND = /^(\*|[a-z][a-z0-9]*)?((?:[.#][\w-]+)*)$/i;

export class StyleSheet {
  readonly #byKey = new Map<string, Rule[]>();
  readonly #inline = new Map<string, Declarations>();
  #count = 0;

  constructor(sheet: string) {
    const text = sheet.replace(/\/\*[\s\S]*?(?:\*\/|$)|<!--|-->/g, '');
    let at = 0;
    while (at < text.length && this.#count < RULES_MAX) {
      const open = text.indexOf('{', at);
      if (open === -1) break;
      const prelude = text.slice(at, open).trim();
      const end =
        prelude.startsWith('@') && !/^@(?:font-face|page)/i.test(prelude)
          ? behindBlock(text, open)
          : text.indexOf('}', open) + 1;
      const stop = end <= open ? text.length : end;
      // `@import …;` stands before a selector.
      const selectors = prelude.slice(prelude.lastIndexOf(';') + 1);
      if (!selectors.trim().startsWith('@')) this.#add(selectors, text.slice(open + 1, stop - 1));
      at = stop;
    }
  }

  #add(selectors: string, body: string): void {
    const declarations = declarationsOf(body);
    for (const text of selectors.split(',')) {
      const selector = selectorOf(text);
      if (selector === null || this.#count >= RULES_MAX) continue;
      this.#count += 1;
      const last = selector.at(-1)!;
      const key =
        last.id !== null
          ? `#${last.id}`
          : last.classes[0] !== undefined
            ? `.${last.classes[0]}`
            : (last.tag ?? '*');
      const weight = selector.reduce(
        (sum, { tag, id, classes }) =>
          sum + (id === null ? 0 : 10_000) + classes.length * 100 + (tag === null ? 0 : 1),
        0,
      );
      const rules = this.#byKey.get(key) ?? [];
      rules.push({ selector, weight, order: this.#count, declarations });
      this.#byKey.set(key, rules);
    }
  }

  /** What the sheets and the element's own `style` say, the strongest last. */
  declarationsFor(element: HtmlElement): Declarations[] {
    const classes = classesOf(element);
    const id = element.attributes.id;
    const keys = [
      element.tag,
      '*',
      ...classes.map((name) => `.${name}`),
      ...(id === undefined ? [] : [`#${id}`]),
    ];
    const rules = keys.flatMap((key) => this.#byKey.get(key) ?? []).filter((rule) => matches(rule, element));
    rules.sort((a, b) => a.weight - b.weight || a.order - b.order);
    const found = rules.map((rule) => rule.declarations);
    const { style } = element.attributes;
    if (style !== undefined) found.push(this.#inlineOf(style));
    return found;
  }

  #inlineOf(style: string): Declarations {
    let declarations = this.#inline.get(style);
    if (declarations === undefined) {
      declarations = declarationsOf(style);
      if (this.#inline.size < DECLARATIONS_KEPT_MAX) this.#inline.set(style, declarations);
    }
    return declarations;
  }
}

const classesOf = (element: HtmlElement): string[] =>
  element.attributes.class?.split(/\s+/).slice(0, 20) ?? [];

/** Behind the brace that closes the one at `open`. */
function behindBlock(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i += 1) {
    if (text[i] === '{') depth += 1;
    else if (text[i] === '}' && --depth === 0) return i + 1;
  }
  return text.length;
}

function selectorOf(text: string): Compound[] | null {
  const parts = text.trim().split(/\s*>\s*|\s+/);
  if (parts.length > 6) return null;
  const compounds = parts.map((part): Compound | null => {
    const match = COMPOUND.exec(part);
    if (match === null || part === '') return null;
    const names = match[2]!.match(/[.#][\w-]+/g) ?? [];
    return {
      tag: match[1] === undefined || match[1] === '*' ? null : match[1].toLowerCase(),
      id: names.find((name) => name.startsWith('#'))?.slice(1) ?? null,
      classes: names.filter((name) => name.startsWith('.')).map((name) => name.slice(1)),
    };
  });
  return compounds.every((compound) => compound !== null) ? compounds : null;
}

/** A child selector is taken for a descendant one: mails nest so deep that the difference is rare. */
function matches({ selector }: Rule, element: HtmlElement): boolean {
  if (!fits(selector.at(-1)!, element)) return false;
  let at: HtmlElement | null = element.parent;
  for (let i = selector.length - 2; i >= 0; i -= 1) {
    while (at !== null && !fits(selector[i]!, at)) at = at.parent;
    if (at === null) return false;
    at = at.parent;
  }
  return true;
}

function fits({ tag, id, classes }: Compound, element: HtmlElement): boolean {
  if (tag !== null && tag !== element.tag) return false;
  if (id !== null && id !== element.attributes.id) return false;
  if (classes.length === 0) return true;
  const own = classesOf(element);
  return classes.every((name) => own.includes(name));
}

/** Names in lower case; the last one of a name counts. */
function declarationsOf(body: string): Declarations {
  const found = new Map<string, string>();
  for (const part of body.split(/;(?![^(]*\))/)) {
    const colon = part.indexOf(':');
    if (colon === -1) continue;
    const key = part.slice(0, colon).trim().toLowerCase();
    const value = part
      .slice(colon + 1)
      .replace(/!\s*important/i, '')
      .trim();
    if (key !== '' && value !== '' && value.length <= 400) found.set(key, value);
  }
  return found;
}
