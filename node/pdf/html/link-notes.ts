/**
 * Links of a mail: a number beside their words, and the targets as plain text at the end.
 *
 * A link in the PDF itself would look as if the sender's company vouched for it; read as text, a target that is not what
 * its words say is seen.
 */
/** Newsletters have about fifty. */
const LINKS_MAX = 300;
/** A line on paper; what is longer is nobody's to type, and stands in the original message. */
const TARGET_CHARS_MAX = 600;

export class LinkNotes {
  readonly targets: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number to show, or null: the words show the target already, or it leads nowhere. */
  noteFor(href: string, words: string): number | null {
    const target = targetOf(href);
    if (target === null || bare(words) === bare(target)) return null;
    const known = this.#numbers.get(target);
    if (known !== undefined) return known;
    if (this.targets.length >= LINKS_MAX) return null;
    this.targets.push(target);
    this.#numbers.set(target, this.targets.length);
    return this.targets.length;
  }
}

function targetOf(href: string): string | null {
  const text = href
    .replace(/[\u0000-\u0020\u007f-\u009f]+/g, (space) => (space === ' ' ? '%20' : ''))
    .replace(/%20$/, '');
  if (!/^(?:https?|ftp|mailto|tel):\S/i.test(text)) return null;
  return text.length <= TARGET_CHARS_MAX ? text : `${text.slice(0, TARGET_CHARS_MAX)}…`;
}

const bare = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/^(?:https?:\/\/(?:www\.)?|www\.|mailto:|tel:)/, '')
    .replace(/[\s-]+/g, '')
    .replace(/\/$/, '');
