/**
 * Templates of PDFs by mail domain and language.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { standardTemplate } from '#domain/pdf/standard-texts.ts';
import { fillText, type TemplateOverride, templateFor } from '#domain/pdf/template.ts';

const standard = standardTemplate('Lake Clinic', 'de');
const override = (
  mailDomain: string | null,
  language: 'de' | 'fr' | null,
  coverTitle: string,
  look: TemplateOverride['look'] = {},
): TemplateOverride => ({ mailDomain, language, look, texts: { coverTitle } });

describe('a template', () => {
  it('is the standard one where nothing was changed', () => {
    assert.deepEqual(templateFor([], standard, 'clinic.example', 'de'), standard);
    assert.deepEqual(
      templateFor([override('other.example', null, 'x')], standard, 'clinic.example', 'de'),
      standard,
    );
    assert.deepEqual(templateFor([override(null, 'fr', 'x')], standard, 'clinic.example', 'de'), standard);
  });

  it('takes the most special change, and keeps the others', () => {
    const overrides = [
      override('clinic.example', 'de', 'domain and language'),
      override(null, null, 'all', { accent: '#aa0000' }),
      override('clinic.example', null, 'domain', { company: 'Clinic' }),
      override(null, 'de', 'language'),
    ];
    const template = templateFor(overrides, standard, 'clinic.example', 'de');
    assert.equal(template.texts.coverTitle, 'domain and language');
    assert.equal(template.accent, '#aa0000');
    assert.equal(template.company, 'Clinic');
    assert.equal(template.texts.last, standard.texts.last);
    assert.equal(templateFor(overrides, standard, 'clinic.example', 'fr').texts.coverTitle, 'domain');
  });

  it('fills in known words once; what is put in is only text (threat 18)', () => {
    const values = {
      company: '{sender}',
      sender: '{subject}',
      recipient: '',
      subject: '$&',
      date: '',
      until: '',
    };
    assert.equal(
      fillText('{company} {sender} {subject} {other} {', values),
      '{sender} {subject} $& {other} {',
    );
  });
});
