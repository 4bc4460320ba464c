/** A template as it would look: the pages' own layout as a picture, texts in each language, and nothing that acts in it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PDF_LANGUAGES } from '#domain/pdf/template.ts';
import { EMPTY_TEMPLATE, templateSchema } from '#domain/pdf/template-record.ts';
import { templatePreview } from '#node/pdf/preview/template-preview.ts';
import { pdfFixture } from './pdf-tools.ts';

const NOW = Date.UTC(2026, 10, 28);
const base = { template: EMPTY_TEMPLATE, language: 'en', domain: 'clinic.example' } as const;

describe('the preview of a template', () => {
  it('draws cover and last page, in the page, the colour and with the logo of the form', () => {
    const logo = { type: 'image/png', base64: pdfFixture('logo.png').toString('base64') } as const;
    const template = templateSchema.parse({ accent: '#123456', page: 'a4', logo });
    for (const sheet of ['cover', 'last'] as const) {
      const made = templatePreview({ ...base, template, sheet }, NOW);
      assert.ok(made.kind === 'picture');
      assert.match(made.svg, /^<svg [^>]*viewBox="0 0 595\.28 841\.89">/);
      assert.match(made.svg, /fill="#123456"/);
      assert.match(made.svg, /<use href="#g0"/);
      if (sheet === 'cover') assert.match(made.svg, /<image [^>]*href="data:image\/png;base64,/);
    }
  });

  it('follows what is typed, and takes no text for markup', () => {
    const typed = (coverTitle: string): string => {
      const template = templateSchema.parse({ texts: { en: { coverTitle } } });
      const made = templatePreview({ ...base, template, sheet: 'cover' }, NOW);
      return made.kind === 'picture' ? made.svg : assert.fail();
    };
    assert.notEqual(typed('one'), typed('two'));
    const odd = typed('<script>alert(1)</script><image href="http://x.example/"/>');
    assert.deepEqual([...new Set(odd.match(/<[a-z]+/g))].sort(), [
      '<defs',
      '<g',
      '<path',
      '<rect',
      '<svg',
      '<use',
    ]);
  });

  it('shows the mails around the PDF in each language, with no password of anybody', () => {
    for (const language of PDF_LANGUAGES) {
      for (const sheet of ['mail', 'notice', 'invitation'] as const) {
        const made = templatePreview({ ...base, language, sheet }, NOW);
        assert.ok(
          made.kind === 'text' && made.text.length > 100 && made.subject.length > 5,
          `${language} ${sheet}`,
        );
        if (sheet === 'notice') assert.match(made.text, /xxxx-xxxx-xxxx-xxxx/);
      }
    }
    const template = templateSchema.parse({ texts: { en: { mailText: 'From the house by the lake.' } } });
    const mail = templatePreview({ ...base, template, sheet: 'mail' }, NOW);
    assert.ok(mail.kind === 'text' && mail.text.startsWith('From the house by the lake.\n\n'));
  });
});
