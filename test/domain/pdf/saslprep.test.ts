/**
 * SASLprep: the examples of RFC 4013 §3, and what passwords are made of.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { saslPrep } from '#domain/pdf/saslprep.ts';

const text = (password: string): string | null => {
  const prepared = saslPrep(password);
  return 'text' in prepared ? prepared.text : null;
};
const refusal = (password: string): string | null => {
  const prepared = saslPrep(password);
  return 'refused' in prepared ? prepared.refused : null;
};

describe('SASLprep', () => {
  it('does what the examples of RFC 4013 §3 show', () => {
    assert.equal(text('I\u00adX'), 'IX');
    assert.equal(text('user'), 'user');
    assert.equal(text('USER'), 'USER');
    assert.equal(text('\u00aa'), 'a');
    assert.equal(text('\u2168'), 'IX');
    assert.equal(refusal('\u0007'), 'prohibited');
    assert.equal(refusal('\u06271'), 'mixed-direction');
  });

  it('makes one of what looks the same', () => {
    assert.equal(text('cafe\u0301'), text('caf\u00e9'));
    assert.equal(text('a\u00a0b\u3000c'), 'a b c');
    assert.equal(text('\uff21\uff22'), 'AB');
  });

  it('takes right-to-left passwords with digits inside', () => {
    assert.equal(text('סיסמה'), 'סיסמה');
    assert.equal(text('سر1سر'), 'سر1سر');
    assert.equal(refusal('סa'), 'mixed-direction');
  });

  it('refuses line breaks, controls, marks of direction and what is no character (threat 31)', () => {
    for (const bad of [
      'a\rb',
      'a\nb',
      'a\u0000',
      'a\u202eb',
      'a\ue000',
      'a\ud800',
      'a\ufffe',
      'a\u{e0041}',
      'a\ufffd',
    ]) {
      assert.equal(refusal(bad), 'prohibited', JSON.stringify(bad));
    }
    assert.equal(refusal('\u200c\u00ad'), 'empty');
  });

  it('does not change what it has made', () => {
    for (const password of ['ﬁ Ⅸ \u3000ｘ', 'Ångström', 'ẛ̣']) {
      const once = text(password)!;
      assert.equal(text(once), once);
    }
  });
});
