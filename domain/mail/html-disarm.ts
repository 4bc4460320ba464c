/**
 * Makes HTML harmless that an attacker may have changed (threats 1, 2): no script, no reference, nothing that loads.
 *
 * No markup is ever copied: the result holds escaped text, and tags from a short list that are written anew. So broken
 * markup can at most show or hide text, never pass something by; plaintext cannot leave, since no address is written.
 */

const KEPT = new Set(
  (
    'p br hr b i u s em strong small big sub sup span div center font blockquote q pre code tt kbd samp var cite abbr ' +
    'address del ins strike ul ol li dl dt dd table caption thead tbody tfoot tr td th h1 h2 h3 h4 h5 h6'
  ).split(' '),
);

/** Dropped with what they contain: no text for a reader. */
const DROPPED = new Set(
  (
    'script style title template noscript iframe object embed applet svg math textarea select noembed noframes xmp ' +
    'plaintext audio video canvas frameset'
  ).split(' '),
);

const PREFIX = '<!DOCTYPE html>\r\n<html><head><meta charset="utf-8"></head><body>\r\n';
const SUFFIX = '\r\n</body></html>\r\n';

export function disarmHtml(html: string): string {
  const out: string[] = [PREFIX];
  let at = 0;
  let quotesAreWhole = true; // Until a quote in a tag is found that never ends.
  const lastEnd = html.lastIndexOf('>'); // Behind it no tag ends.
  while (at < html.length) {
    const open = html.indexOf('<', at);
    out.push(escapeText(html.slice(at, open === -1 ? html.length : open)));
    if (open === -1) break;
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open + 2);
      at = end === -1 ? html.length : end + 3;
      continue;
    }
    const name = /^<(\/?)([a-z][a-z0-9:-]{0,40})|^<[!?]/i.exec(html.slice(open, open + 45));
    let end = name === null || open > lastEnd ? -1 : endOfTag(html, open, quotesAreWhole);
    if (end === -1 && name !== null && open < lastEnd && quotesAreWhole) {
      quotesAreWhole = false;
      end = endOfTag(html, open, false);
    }
    if (name === null || end === -1) {
      out.push('&lt;');
      at = open + 1;
      continue;
    }
    at = end + 1;
    const element = name[2]?.toLowerCase() ?? '';
    const closes = name[1] === '/';
    if (KEPT.has(element))
      out.push(closes ? `</${element}>` : `<${element}${attributesOf(html.slice(open, end))}>`);
    else if (DROPPED.has(element) && !closes) at = behindElement(html, at, element);
    else if (element !== '') out.push(' '); // `a</x>b` must not become one word.
  }
  out.push(SUFFIX);
  return out.join('');
}

/** Position of the `>` that ends a tag; -1 when there is none. */
function endOfTag(html: string, open: number, heedQuotes: boolean): number {
  if (!heedQuotes) return html.indexOf('>', open);
  for (let at = open + 1; at < html.length; at += 1) {
    const c = html[at];
    if (c === '>') return at;
    if (c === '"' || c === "'") {
      at = html.indexOf(c, at + 1);
      if (at === -1) return -1;
    }
  }
  return -1;
}

/** Behind the closing tag, or at the end when there is none. */
function behindElement(html: string, from: number, element: string): number {
  const close = new RegExp(`</${element}[\\s/>]`, 'gi');
  close.lastIndex = from;
  const found = close.exec(html);
  if (found === null) return html.length;
  const end = html.indexOf('>', found.index);
  return end === -1 ? html.length : end + 1;
}

/** The shape of tables and the direction of text; values are words or small numbers. */
function attributesOf(tag: string): string {
  let kept = '';
  for (const match of tag.matchAll(
    /\s(colspan|rowspan|dir|align)\s{0,5}=\s{0,5}["']?([a-z]{1,7}|\d{1,3})(?=["'\s/]|$)/gi,
  )) {
    const name = match[1]!.toLowerCase();
    if (!kept.includes(` ${name}=`)) kept += ` ${name}="${match[2]!.toLowerCase()}"`;
  }
  return kept;
}

/** Character references stay what they are: in text they never become markup. */
function escapeText(text: string): string {
  return text.replace(
    /[<>"'`]|&(?!(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});)/gi,
    (c) => `&#${c.charCodeAt(0)};`,
  );
}
