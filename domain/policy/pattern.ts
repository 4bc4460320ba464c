/**
 * Patterns of addresses and texts in rules: exact, wildcard, domain, subdomains, regular expression.
 */

export type Matcher = (value: string) => boolean;

/** Compiles patterns that `readRuleBook` accepted; the value matches when any of them does. Case is ignored. */
export function compilePatterns(patterns: string | readonly string[], kind: 'address' | 'text'): Matcher {
  const matchers = [patterns].flat().map((p) => compileOne(p, kind));
  const [only] = matchers;
  if (only !== undefined && matchers.length === 1) return (value) => only(value.toLowerCase());
  return (value) => {
    const lower = value.toLowerCase();
    return matchers.some((matches) => matches(lower));
  };
}

function compileOne(pattern: string, kind: 'address' | 'text'): Matcher {
  if (pattern.length > 1 && pattern.startsWith('/') && pattern.endsWith('/')) {
    const regexp = new RegExp(pattern.slice(1, -1), 'iu');
    return (value) => regexp.test(value);
  }
  const lower = pattern.toLowerCase();
  if (kind === 'address') {
    if (lower.startsWith('.')) return (value) => domainOf(value).endsWith(lower);
    if (!lower.includes('@')) return domainMatcher(lower);
    if (lower.startsWith('@')) return domainMatcher(lower.slice(1));
  }
  return wildcard(lower);
}

function domainMatcher(domain: string): Matcher {
  const matches = wildcard(domain);
  return (value) => matches(domainOf(value));
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

const STAR = 0x2a;
const QUESTION = 0x3f;

/** `*` and `?` only; linear time: no regular expression is made of what an operator wrote. */
function wildcard(pattern: string): Matcher {
  if (!/[*?]/.test(pattern)) return (value) => value === pattern;
  // What stands before the first and behind the last joker decides nearly always, and costs a comparison.
  const head = /^[^*?]*/.exec(pattern)?.[0] ?? '';
  const tail = /[^*?]*$/.exec(pattern)?.[0] ?? '';
  return (value) => value.endsWith(tail) && value.startsWith(head) && matchesWildcard(pattern, value);
}

function matchesWildcard(pattern: string, value: string): boolean {
  let p = 0;
  let v = 0;
  let star = -1;
  let mark = 0;
  while (v < value.length) {
    const code = p < pattern.length ? pattern.charCodeAt(p) : -1;
    if (code === STAR) {
      star = p++;
      mark = v;
    } else if (code === QUESTION || code === value.charCodeAt(v)) {
      p++;
      v++;
    } else if (star >= 0) {
      p = star + 1;
      v = ++mark;
    } else return false;
  }
  while (pattern.charCodeAt(p) === STAR) p++;
  return p === pattern.length;
}
