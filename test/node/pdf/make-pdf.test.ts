/**
 * A mail as an encrypted PDF, read by other people's programs (features.md D1, D2, D8, D9; threats 16, 22).
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { standardTemplate } from '#domain/pdf/standard-texts.ts';
import { PDF_LANGUAGES } from '#domain/pdf/template.ts';
import { makePdf } from '#node/pdf/make-pdf.ts';
import { readByPdfJs } from './pdf-reader.ts';
import {
  mailOf,
  PASSWORD,
  PdfOnDisk,
  part,
  pdfFixture,
  pdfOf,
  requestFor,
  textMail,
  withPdf,
} from './pdf-tools.ts';

const REPORT = Buffer.from('%PDF-1.4 the report itself, with the word Zanzibar in it');
const MAIL = mailOf('Your results, Kilimanjaro', 'multipart/mixed', [
  part(
    ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'],
    'Dear Bo,\r\n\r\nthe laboratory found Samarkand in your blood. 👍\r\n',
  ),
  part(['Content-Type: application/pdf', 'Content-Disposition: attachment; filename="Timbuktu.pdf"'], REPORT),
  part(
    ['Content-Type: image/png', 'Content-Disposition: attachment; filename="scan.png"'],
    pdfFixture('logo.png'),
  ),
]);

describe('the PDF of a mail', () => {
  for (const algorithm of ['aes-256', 'aes-128'] as const) {
    it(`is read by every program with the password, and is ${algorithm}`, async () => {
      const password = 'Wolke-Anker-7';
      const pdf = pdfOf(MAIL, { algorithm, password, attachOriginal: true });
      withPdf(
        pdf,
        (disk) => {
          disk.check();
          const { out } = disk.run('qpdf', ['--show-encryption', disk.path]);
          assert.match(out, algorithm === 'aes-256' ? /R = 6/ : /R = 4/);
          assert.match(
            out,
            algorithm === 'aes-256' ? /file encryption method: AESv3/ : /file encryption method: AESv2/,
          );
          assert.match(out, /stream encryption method: AES/);
          const text = disk.text();
          for (const word of [
            'Kilimanjaro',
            'Samarkand',
            'Dr. Ada Sender',
            '28 November 2026',
            'Reply securely',
            'Timbuktu.pdf',
          ]) {
            assert.ok(text.includes(word), `${word} is not in the text`);
          }
          assert.deepEqual(disk.attachments().sort(), ['Timbuktu.pdf', 'original message.eml', 'scan.png']);
          assert.deepEqual(disk.attachment('Timbuktu.pdf'), REPORT);
          assert.deepEqual(disk.attachment('original message.eml'), MAIL);
          assert.deepEqual(disk.attachment('scan.png'), pdfFixture('logo.png'));
        },
        password,
      );
      const read = await readByPdfJs(pdf, password);
      assert.ok(read.text.includes('Samarkand in your blood'));
      assert.deepEqual(read.attachments, ['Timbuktu.pdf', 'original message.eml', 'scan.png']);
      assert.equal(read.language, 'en');
    });
  }

  it('is closed to a wrong password, to none, and to the password of another PDF', async () => {
    const pdf = pdfOf(MAIL);
    withPdf(pdf, (disk) => {
      for (const wrong of ['', 'wrong', PASSWORD.toLowerCase(), `${PASSWORD} `]) {
        assert.notEqual(disk.run('qpdf', ['--check', disk.path], wrong).status, 0);
        assert.notEqual(disk.run('pdftotext', [disk.path, '-'], wrong).status, 0);
        assert.notEqual(disk.run('pdfdetach', ['-list', disk.path], wrong).status, 0);
      }
    });
    await assert.rejects(readByPdfJs(pdf, 'wrong'), { name: 'PasswordException' });
    await assert.rejects(readByPdfJs(pdf, ''), { name: 'PasswordException' });
  });

  it('opens with passwords of any script', async () => {
    for (const password of [
      'пароль-Ключ',
      '密码パスワード',
      'סיסמה',
      'كلمة السر',
      'clé à molette',
      '🔑🔑🔑',
      'x'.repeat(127),
    ]) {
      const pdf = pdfOf(textMail('Any', 'The word is Samarkand.'), { password });
      const look = (disk: PdfOnDisk) => {
        assert.equal(disk.run('qpdf', ['--check', disk.path]).status, 0, password);
        // Poppler's programs take 32 octets from the command line.
        if (Buffer.byteLength(password) <= 32) assert.ok(disk.text().includes('Samarkand'), password);
      };
      withPdf(pdf, look, password);
      assert.ok((await readByPdfJs(pdf, password)).text.includes('Samarkand'), password);
    }
  });

  it('opens with the one form of a password, however it was typed (SASLprep, RFC 4013)', () => {
    const pdf = pdfOf(textMail('Any', 'The word is Samarkand.'), { password: 'ﬁle\u00a0cafe\u0301\u00ad' });
    withPdf(pdf, (disk) => assert.ok(disk.text().includes('Samarkand')), 'file café');
  });

  it('refuses a password that cannot be one', () => {
    const refusal = (password: string, algorithm: 'aes-256' | 'aes-128' = 'aes-256') => {
      const made = makePdf(requestFor(MAIL, { password, algorithm }));
      return 'refused' in made ? made.refused : null;
    };
    assert.equal(refusal(''), 'empty');
    assert.equal(refusal('\u00ad'), 'empty');
    assert.equal(refusal('a\r\nb'), 'prohibited');
    assert.equal(refusal('x'.repeat(128)), 'too-long');
    assert.equal(refusal('пароль', 'aes-128'), 'not-latin');
    assert.equal(refusal('x'.repeat(33), 'aes-128'), 'too-long');
  });

  it('shows nothing of the mail outside of its encryption: no word, no name, no type, no structure', () => {
    for (const algorithm of ['aes-256', 'aes-128'] as const) {
      const pdf = pdfOf(MAIL, { algorithm, password: 'Wolke-Anker-7', attachOriginal: true });
      const octets = pdf.toString('latin1');
      const words = [
        ...[
          'Kilimanjaro',
          'Samarkand',
          'Zanzibar',
          'Timbuktu',
          'scan.png',
          'ada@clinic',
          'bo@partner',
          'Ada Sender',
        ],
        ...[
          'reply.clinic',
          'token-1',
          'Lake Clinic',
          'application',
          'image/png',
          'message',
          'Filespec',
          'StructElem',
          'noto',
        ],
        ...['/URI', '/Outlines', 'Wolke'],
      ];
      for (const word of words) {
        const utf16 = Buffer.from(word, 'utf16le').swap16();
        for (const needle of [Buffer.from(word), utf16, Buffer.from(utf16.toString('hex'))]) {
          assert.equal(
            octets.includes(needle.toString('latin1')),
            false,
            `${word} is readable (${algorithm})`,
          );
        }
      }
    }
  });

  it('differs each time it is made: no key, vector or identifier is used twice', () => {
    const [one, two] = [pdfOf(MAIL), pdfOf(MAIL)];
    const entries = (pdf: Buffer) =>
      [...pdf.toString('latin1').matchAll(/\/(?:O|U|OE|UE|Perms) (<[0-9a-f]+>)/g)].map((m) => m[1]);
    assert.equal(entries(one).length, 5);
    for (const entry of entries(one)) assert.ok(!entries(two).includes(entry));
  });

  it('has one link, the button, and nothing else that acts (threat 22)', () => {
    withPdf(pdfOf(MAIL), (disk) => {
      const clear = disk.opened();
      assert.equal(clear.match(/\/S \/URI/g)?.length, 1);
      assert.equal(clear.match(/\/Subtype \/Link/g)?.length, 1);
      assert.ok(clear.includes('(https://reply.clinic.example/r/token-1)'));
      assert.doesNotMatch(
        clear,
        /\/(?:JavaScript|JS|AcroForm|OpenAction|AA|Launch|SubmitForm|GoToR|RichMedia|XFA)\b/,
      );
    });
    withPdf(pdfOf(MAIL, { reply: null }), (disk) => assert.doesNotMatch(disk.opened(), /\/URI/));
    assert.throws(() =>
      makePdf(requestFor(MAIL, { reply: { address: 'http://plain.example/', untilMs: 0 } })),
    );
  });

  it('is tagged, has bookmarks, a title and its language', () => {
    const template = standardTemplate('Klinik am See', 'de');
    withPdf(pdfOf(MAIL, { template, language: 'de' }), (disk) => {
      const clear = disk.opened();
      assert.match(clear, /\/Marked true/);
      assert.match(clear, /\/Lang \(de\)/);
      assert.match(clear, /\/DisplayDocTitle true/);
      assert.match(clear, /\/AFRelationship/);
      const info = disk.run('pdfinfo', [disk.path]).out;
      assert.match(info, /Title: +Your results, Kilimanjaro/);
      assert.match(info, /Tagged: +yes/);
      const tree = disk.run('pdfinfo', ['-struct-text', disk.path]).out;
      assert.match(tree, /H1[\s\S]*Your results, Kilimanjaro/);
      assert.match(tree, /P \(block\)\s+"the laboratory found Samarkand/);
      assert.match(tree, /Link[\s\S]*Sicher antworten/);
      const outline = disk.run('mutool', ['show', disk.path, 'outline']).out;
      assert.match(outline, /Deckblatt[\s\S]*Your results, Kilimanjaro[\s\S]*Möchten Sie antworten/);
    });
  });

  it('speaks four languages', () => {
    const buttons = {
      en: 'Reply securely',
      de: 'Sicher antworten',
      nl: 'Veilig antwoorden',
      fr: 'Répondre en sécurité',
    };
    for (const language of PDF_LANGUAGES) {
      const template = {
        ...standardTemplate('Lake Clinic', language),
        page: 'a4' as const,
        logo: pdfFixture('logo.png'),
      };
      withPdf(pdfOf(MAIL, { language, template }), (disk) => {
        disk.check();
        assert.ok(disk.text().includes(buttons[language]));
      });
    }
  });

  it('puts nothing into a template but its words, once (threat 18)', () => {
    const mail = textMail('{company} {{7*7}} {constructor}', 'Hello.');
    const standard = standardTemplate('Lake Clinic', 'en');
    const texts = { ...standard.texts, cover: 'About {subject}, {nothing}, {__proto__}.' };
    withPdf(pdfOf(mail, { template: { ...standard, texts } }), (disk) => {
      const text = disk.text().replace(/\s+/g, ' ');
      assert.ok(text.includes('About {company} {{7*7}} {constructor}, {nothing}, {__proto__}.'), text);
    });
  });

  it('is whole for a mail without any text: the message itself is attached', () => {
    const mail = mailOf('Sealed', 'application/pkcs7-mime', ['']);
    withPdf(pdfOf(mail), (disk) => {
      disk.check();
      assert.deepEqual(disk.attachments(), ['original message.eml']);
      assert.ok(disk.text().includes('This message has no text.'));
    });
  });
});

describe('a PDF on disk', () => {
  it('is found damaged by the check that the tests rely on', () => {
    const pdf = pdfOf(MAIL);
    pdf.fill(0, pdf.length >> 1, (pdf.length >> 1) + 2_000);
    const disk = new PdfOnDisk(pdf);
    assert.throws(() => disk.check());
    disk.close();
  });
});
