/**
 * HTML mails in a PDF: what is seen, in which order, and what never is (features.md D6; threats 1, 22).
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { htmlMail, pdfFixture, pdfOf, withPdf } from './pdf-tools.ts';

interface Seen {
  readonly text: string;
  readonly tags: string;
  readonly attachments: readonly string[];
  readonly pictures: number;
  readonly clear: string;
}

function seen(html: string): Seen {
  return withPdf(pdfOf(htmlMail('Subject', html)), (disk) => {
    disk.check();
    const clear = disk.opened();
    return {
      text: disk.text().replace(/\s+/g, ' '),
      tags: disk.run('pdfinfo', ['-struct', disk.path]).out,
      attachments: disk.attachments(),
      pictures: clear.match(/\/Subtype \/Image/g)?.length ?? 0,
      clear,
    };
  });
}

const fixture = (name: string): Seen => seen(pdfFixture(name).toString());

function inOrder(text: string, ...words: string[]): void {
  let at = 0;
  for (const word of words) {
    const found = text.indexOf(word, at);
    assert.ok(found >= 0, `${word} is not behind ${at} in: ${text}`);
    at = found + word.length;
  }
}

describe('an HTML mail in the PDF', () => {
  it('of a word processor: lists, a table of values, the picture of the signature', () => {
    const { text, tags, attachments, pictures } = fixture('outlook.html');
    inOrder(
      text,
      'Entlassungsbrief',
      '• Medikation wie bisher',
      'Kontrolle in 6 Wochen',
      '◦ Telefon: 030 123456',
    );
    inOrder(text, 'Wert', 'Hämoglobin', '13,4 g/dl', '12–16', 'Dr. Jürgen Groß', 'Guten Tag Herr Doktor');
    assert.match(tags, /Table[\s\S]*TR[\s\S]*TD/);
    assert.match(tags, /\n\s*L[\s\S]*LI[\s\S]*Lbl[\s\S]*LBody/);
    assert.match(tags, /Figure/);
    assert.equal(pictures, 2, 'the logo and its mask');
    assert.deepEqual(attachments, ['Picture.gif', 'Picture.jpg'], 'what the text does not show is not lost');
  });

  it('of a newsletter: arranged by tables, which are no tables to a screen reader', () => {
    const { text, tags, clear } = fixture('newsletter.html');
    inOrder(
      text,
      'Autumn at the museum',
      'Dear friend',
      'Maps of the north',
      'Get your tickets',
      'City Museum',
    );
    assert.doesNotMatch(text, /preheader/);
    assert.doesNotMatch(tags.slice(tags.indexOf('H2')), /\bTable\b/);
    assert.match(text, /\[A print: picture not shown\]/);
    assert.match(clear, /0\.173 0\.243 0\.314 rg/, 'the dark bar is drawn');
  });

  it('of a thread: quotations, code, numbers of lists, raised and lowered text', () => {
    const { text, tags } = fixture('thread.html');
    inOrder(
      text,
      'function add(a, b) {',
      'return a + b;',
      '3. third',
      '4. fourth',
      'a. inner',
      'b. inner two',
    );
    inOrder(text, 'A heading of second order', 'wrote:', 'Shall we meet on Monday?', 'quoted twice');
    assert.match(tags, /BlockQuote[\s\S]*BlockQuote/);
    assert.match(tags, /Code/);
    assert.match(tags, /H3/, 'below the subject, which is H1');
  });

  it('from right to left', () => {
    const { text, tags } = fixture('hebrew.html');
    for (const word of ['סיכום ביקור', 'המשך טיפול', 'המוגלובין', 'English'])
      assert.ok(text.includes(word), word);
    assert.match(tags, /TH/);
  });

  it('that is broken shows its text and nothing that is none', () => {
    const { text, clear, attachments } = fixture('broken.html');
    inOrder(text, 'one', 'two', 'bold both', 'another', 'red & large', 'White text', 'Press', 'quoted');
    assert.doesNotMatch(text, /script text|svg text|hidden|evil\.example\/ /);
    assert.match(text, /local file: picture not shown/);
    assert.doesNotMatch(clear, /passwd|javascript/i);
    assert.deepEqual(attachments, ['Picture.jpg', 'Picture.png']);
  });

  it('shows where its links lead, as text', () => {
    const html =
      '<p><a href="https://evil.example/login">https://bank.example/login</a> and <a href="https://www.same.example/">same.example</a> and <a href="mailto:a@b.example">a@b.example</a> and <a href="javascript:alert(1)">run</a> and <a href="https://evil.example/login">again</a></p>';
    const { text, clear } = seen(html);
    inOrder(
      text,
      'https://bank.example/login[1]',
      'same.example and',
      'a@b.example and',
      'run and',
      'again[1]',
    );
    inOrder(text, 'Links in this message', '[1]', 'https://evil.example/login');
    assert.doesNotMatch(text, /\[2\]/);
    assert.equal(clear.match(/\/S \/URI/g)?.length, 1, 'only the button acts');
  });

  it('can be read whatever colours it asks for', () => {
    const { clear } = seen(
      '<p style="color:#fefefe">pale</p><div style="background:#000"><p style="color:#111">dark</p></div>',
    );
    assert.doesNotMatch(clear, /0\.996 0\.996 0\.996 rg/);
    assert.doesNotMatch(clear, /0\.067 0\.067 0\.067 rg/);
  });

  it('hides what the mail hides', () => {
    const hidden = [
      'style="display:none"',
      'style="visibility:hidden"',
      'style="font-size:0"',
      'style="max-height:0;overflow:hidden"',
      'style="mso-hide:all"',
      'hidden',
      'class="x"',
    ];
    const html = `<style>.x{display:none}</style>${hidden.map((h, i) => `<div ${h}>secret${i}</div><span ${h}>inner${i}</span>`).join('')}<p>seen</p>`;
    const { text } = seen(html);
    assert.doesNotMatch(text, /secret|inner/);
    assert.ok(text.includes('seen'));
  });
});
