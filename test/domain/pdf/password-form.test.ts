/** PDF passwords: how made ones look and how strong they are; what a chosen one must be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { comparable, octetsFor, passwordOf, problemOfChosen } from '#domain/pdf/password-form.ts';

describe('a made password', () => {
  it('in groups has five bits a character, and none that look alike', () => {
    assert.equal(octetsFor('groups', 80), 16);
    const password = passwordOf(
      'groups',
      Uint8Array.from({ length: 16 }, (_, i) => i * 17),
    );
    assert.match(password, /^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  });
  it('in words can be said: 16 bits a word (Wilkerson, proquints)', () => {
    assert.equal(octetsFor('words', 80), 10);
    // The example of the paper: 127.0.0.1 and 63.84.220.193.
    assert.equal(passwordOf('words', Uint8Array.of(127, 0, 0, 1)), 'lusab-babad');
    assert.equal(passwordOf('words', Uint8Array.of(63, 84, 220, 193)), 'gutih-tugad');
  });
  it('is another one for other random octets, bit by bit that counts', () => {
    const words = fc.uint8Array({ minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(words, words, (a, b) => {
        const same = passwordOf('words', a) === passwordOf('words', b);
        return same === (Buffer.compare(a, b) === 0);
      }),
    );
    const five = fc.array(fc.integer({ min: 0, max: 31 }), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(five, five, (a, b) => {
        const same = passwordOf('groups', Uint8Array.from(a)) === passwordOf('groups', Uint8Array.from(b));
        return same === (a.join() === b.join());
      }),
    );
  });
  it('rounds up where the bits do not fill a group', () => {
    assert.equal(octetsFor('groups', 81), 20);
    assert.equal(octetsFor('words', 81), 12);
  });
  it('is compared without case and separators, since it came by telephone', () => {
    assert.equal(comparable('K7QM 2xwd–9HTA', true), comparable('k7qm-2xwd-9hta', true));
    assert.notEqual(comparable('Schöner Tag', false), comparable('schöner tag', false));
    assert.equal(comparable('Scho\u0308ner', false), comparable('Schöner', false));
  });
});

describe('a chosen password', () => {
  const people = ['alice.miller@example.org', 'bo@partner.example'];
  const problem = (password: string, min = 12): string | null =>
    problemOfChosen(password, { charactersMin: min, encryption: 'aes-256' }, people);
  it('is good when it is long and of several characters', () => {
    assert.equal(problem('correct horse battery'), null);
    assert.equal(problem('Über-den-Wölken-7'), null);
  });
  it('is refused when it is short, simple, or names a person', () => {
    assert.equal(problem('short one'), 'too-short');
    assert.equal(problem('abababababababab'), 'too-simple');
    assert.equal(problem('aaaaaaaaaaaaaaaaaaaaa'), 'too-simple');
    assert.equal(problem('hello Alice.Miller 2026'), 'names-a-person');
    assert.equal(problem('bo knows very much of this'), null, 'two letters are no name');
  });
  it('is refused when a PDF cannot carry it (threat 31, ISO 32000-2 §7.6.4.3.3)', () => {
    assert.equal(problem('line\r\nbreak and more'), 'odd-character');
    assert.equal(problem('left\u202eright override'), 'odd-character');
    assert.equal(problem('correct horse \ud800 battery'), 'odd-character');
    assert.equal(problem(`${'Wölken'.repeat(18)} and an end`), 'too-long');
    const old = { charactersMin: 12, encryption: 'aes-128' } as const;
    assert.equal(problemOfChosen('correct horse battery and more of it', old, people), 'too-long');
    assert.equal(problemOfChosen('правильный конь', old, people), 'odd-character');
  });
});
