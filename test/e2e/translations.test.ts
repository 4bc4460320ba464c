/** The texts of the page: each language has every text, with the same places to fill, and every text that is asked for is there. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

type Texts = { readonly [key: string]: string | Texts };

function flat(texts: Texts, prefix = ''): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') all.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) all.set(inner, text);
  }
  return all;
}

const read = (language: string): Map<string, string> =>
  flat(JSON.parse(readFileSync(`admin-ui/src/i18n/${language}.json`, 'utf8')) as Texts);
const placesOf = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]!).sort();

const english = read('en');

describe('the texts of the page', () => {
  for (const language of ['de', 'nl']) {
    it(`are all there in ${language}, with the same places to fill`, () => {
      const texts = read(language);
      assert.deepEqual([...texts.keys()].sort(), [...english.keys()].sort());
      for (const [key, text] of texts) assert.deepEqual(placesOf(text), placesOf(english.get(key)!), key);
    });
  }

  it('are there for every key that a page names', () => {
    const missing: string[] = [];
    for (const file of globSync('admin-ui/src/**/*.{ts,tsx}')) {
      for (const match of readFileSync(file, 'utf8').matchAll(/\bt\(\s*'([^']+)'/g)) {
        const key = match[1]!;
        if (!english.has(key) && !english.has(`${key}_other`)) missing.push(`${file}: ${key}`);
      }
    }
    assert.deepEqual(missing, []);
  });
});
