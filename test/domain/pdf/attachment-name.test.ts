/**
 * Names of attachments that cannot do harm (issue 4, bad input; threats 18, 31).
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { distinctNames, safeName } from '#domain/pdf/attachment-name.ts';

describe('the name of an attachment', () => {
  it('stays what it is, whatever its script', () => {
    for (const name of [
      'Befund Müller.pdf',
      '報告書.pdf',
      'תוצאות.docx',
      'a.b.c.tar.gz',
      '👍.png',
      '.hidden'.slice(1),
    ]) {
      assert.equal(safeName(name, 'x'), name);
    }
  });

  it('leads nowhere', () => {
    assert.equal(safeName('../../etc/passwd', 'x'), '_.._etc_passwd');
    assert.equal(safeName('C:\\Windows\\evil.exe', 'x'), 'C__Windows_evil.exe');
    assert.equal(safeName('a\uff0fb\u2215c', 'x'), 'a_b_c');
    assert.equal(safeName('file.txt:stream', 'x'), 'file.txt_stream');
    assert.equal(safeName('CON.pdf', 'x'), '_CON.pdf');
    assert.equal(safeName('...', 'x'), 'x');
    assert.equal(safeName('', 'x'), 'x');
  });

  it('hides nothing from the eye', () => {
    assert.equal(safeName('invoice\u202efdp.exe', 'x'), 'invoicefdp.exe');
    assert.equal(safeName('a\u0000b\r\nc\u200b.pdf', 'x'), 'abc.pdf');
    assert.equal(safeName('a      .exe', 'x'), 'a .exe');
  });

  it('is short enough for any file system, with its ending', () => {
    const name = safeName(`${'語'.repeat(300)}.pdf`, 'x');
    assert.ok(Buffer.byteLength(name) <= 180);
    assert.ok(name.endsWith('.pdf'));
  });

  it('is harmless for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
        const name = safeName(text, 'fallback');
        assert.doesNotMatch(name, /[/\\\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/);
        assert.ok(name.length > 0 && Buffer.byteLength(name) <= 180 && name.isWellFormed());
        assert.ok(name !== '.' && name !== '..');
      }),
    );
  });
});

describe('names in one PDF', () => {
  it('are each there once', () => {
    assert.deepEqual(distinctNames(['a.pdf', 'A.PDF', 'a.pdf', 'a (2).pdf', 'b']), [
      'a.pdf',
      'A (2).PDF',
      'a (3).pdf',
      'a (2) (2).pdf',
      'b',
    ]);
  });

  it('are distinct for any list', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'a (2)', 'A', 'a.b', 'a (2).b'), { maxLength: 40 }),
        (names) => {
          const distinct = distinctNames(names).map((name) => name.toLowerCase());
          assert.equal(new Set(distinct).size, names.length);
        },
      ),
    );
  });
});
