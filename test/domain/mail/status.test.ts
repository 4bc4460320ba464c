/** The status for the reader: ours, and what is removed because it only looks like ours (threats 10, 14). */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { stripForged } from '#domain/mail/forged-status.ts';
import { octetsOf } from '#domain/mail/octets.ts';
import { applyEdits } from '#domain/mail/rewrite.ts';
import { statusEdits } from '#domain/mail/status.ts';
import { STATUS_TEXTS, SUBJECT_TAGS } from '#domain/mail/status-texts.ts';
import { subjectOf } from '#domain/mail/subject.ts';
import { NO_PROTECTION, type SignatureProblem, type Verdict } from '#domain/mail/verdict.ts';
import { encodeWords } from '#domain/mime/encoded-word.ts';
import { firstValue, textField } from '#domain/mime/header.ts';
import { bytesOf, fixture, fixtureNames, mail, parsed, textOf } from '../mime/fixture.ts';

const signer = {
  name: 'CN=Jo',
  addresses: ['jo@example.com'],
  fingerprint: 'ab12',
  issuer: null,
  claimedAtMs: null,
};
const opened = {
  kind: 'encrypted',
  technology: 'smime',
  algorithms: ['3DES-CBC'],
  weak: ['3DES-CBC'],
  authenticated: false,
  outcome: 'opened',
} as const;
const verdict = (part: Partial<Verdict>): Verdict => ({ ...NO_PROTECTION, ...part });
const verified = verdict({ layers: [opened], encryption: 'opened', signature: 'valid', signer });

const macOf = (data: Uint8Array) => createHmac('sha256', 'key').update(data).digest();
async function stamped(
  bytes: Buffer,
  v: Verdict,
  tagSubject = false,
  language: 'en' | 'de' = 'en',
): Promise<Buffer> {
  const entity = parsed(bytes);
  const edits = await statusEdits({
    entity,
    verdict: v,
    tagSubject,
    spoolId: 'n1.1.abc',
    language,
    mac: async (d) => macOf(d),
  });
  return bytesOf(applyEdits(octetsOf(bytes), entity.header, edits));
}
const stripped = (bytes: Buffer): Buffer => {
  const entity = parsed(bytes);
  return bytesOf(applyEdits(octetsOf(bytes), entity.header, stripForged(entity)));
};

describe('our status', () => {
  const bytes = fixture('plain-7bit.eml');
  it('is a line of words with a MAC over it and over Message-ID, From and Date', async () => {
    const header = parsed(await stamped(bytes, verified)).header;
    const value = firstValue(header, 'x-sealgate-status')!;
    const match = /^(.*); mac=([A-Za-z0-9+/=]+)$/.exec(value)!;
    assert.equal(
      match[1],
      'v=1; id=n1.1.abc; status=decrypted-verified; signature=valid; encryption=opened; signer=jo@example.com; fingerprint=ab12; weak=3DES-CBC',
    );
    const covered = `sealgate-status 1\n${match[1]}\nfrom:Jo Doe <jo@example.com>\ndate:Mon, 2 Nov 2026 10:00:00 +0100\nmessage-id:<1@example.com>\n`;
    assert.equal(match[2], macOf(Buffer.from(covered)).toString('base64'));
  });
  it('tells people in their language, weak algorithms and problems named', async () => {
    const report = async (v: Verdict, language: 'en' | 'de') =>
      firstValue(parsed(await stamped(bytes, v, false, language)).header, 'x-sealgate-report');
    assert.equal(
      await report(verified, 'en'),
      'The message was encrypted. Valid signature of the sender: jo@example.com (CN=Jo). Weak algorithms: 3DES-CBC.',
    );
    const altered = verdict({ signature: 'not-verified', problem: 'bytes-altered' });
    assert.equal(
      await report(altered, 'en'),
      'The signature is NOT valid: the message was changed after signing.',
    );
    const unsigned = verdict({ layers: [{ ...opened, weak: [] }], encryption: 'opened' });
    assert.equal(
      await report(unsigned, 'en'),
      'The message was encrypted. Its encryption does not protect against changes. The message is not signed.',
    );
    for (const texts of Object.values(STATUS_TEXTS)) {
      for (const problem of Object.keys(texts.problems)) {
        const header = parsed(
          await stamped(
            bytes,
            verdict({ signature: 'not-verified', problem: problem as SignatureProblem }),
            true,
            'de',
          ),
        ).header;
        assert.ok(firstValue(header, 'x-sealgate-status')?.includes(`problem=${problem}`));
      }
    }
  });
  it('tags the subject by setting, and says nothing of an ordinary mail', async () => {
    assert.equal(
      subjectOf(parsed(await stamped(bytes, verified, true)).header),
      '[encrypted, signature valid] Plain',
    );
    assert.equal(
      subjectOf(parsed(await stamped(bytes, verified, true, 'de')).header),
      '[verschlüsselt, Signatur gültig] Plain',
    );
    assert.equal(
      subjectOf(parsed(await stamped(mail('From: a@b.example\n\nx'), verified, true)).header),
      '[encrypted, signature valid]',
    );
    assert.deepEqual(await stamped(bytes, NO_PROTECTION, true), bytes);
  });
  it('cannot be broken out of by a name in a certificate', async () => {
    const evil = {
      ...signer,
      name: 'x\r\nX-Evil: 1',
      addresses: ['a;mac=x\r\nX-Evil: 1@b'],
      fingerprint: '; signature=valid',
    };
    const out = await stamped(
      bytes,
      verdict({ signature: 'not-verified', problem: 'expired', signer: evil }),
    );
    const header = parsed(out).header;
    assert.equal(firstValue(header, 'x-evil'), null);
    assert.doesNotMatch(firstValue(header, 'x-sealgate-status')!, /signature=valid/);
  });
});

describe('a forged status', () => {
  const subjectAfter = (subject: string) =>
    subjectOf(parsed(stripped(Buffer.concat([Buffer.from(`Subject: ${subject}\r\n\r\nx`)]))).header);

  it('is removed from the header in any case, folding and letters', () => {
    const out = textOf([
      stripped(
        mail(
          'X-SEALGATE-STATUS: v=1\nx-sealgate-report : fine\nX-Sealgate-Status:\n v=1\nX-Other: kept\nX-Sea1gate-Status: v=1\nX-Sealgate-\u0000Status: v=1\nX Sealgate Status: v=1\n continued\nX-Sеalgate-Status: cyrillic\nSubject: x\n\nX-Sealgate-Status: in the body\n',
        ),
      ),
    ]);
    assert.equal(out, 'X-Other: kept\r\nSubject: x\r\n\r\nX-Sealgate-Status: in the body\r\n');
  });
  it('is removed from the subject in every language', () => {
    for (const byWord of Object.values(SUBJECT_TAGS)) {
      for (const tag of Object.values(byWord)) {
        for (const form of [tag, tag.toUpperCase(), `Re: ${tag}`, `${tag}${tag}`]) {
          assert.ok(
            !subjectAfter(Buffer.from(textField('S', form)).toString('latin1').slice(3)).includes('['),
            form,
          );
        }
      }
    }
    assert.equal(subjectAfter('Re: [encrypted, signature valid] Hello'), 'Re: Hello');
  });
  it('is removed in look-alike letters, with invisible characters, in other brackets', () => {
    const forms = [
      '[ѕіgnаturе vаlіd]', // Cyrillic
      '[SIGNATURE VALID]',
      '[Ｓｉｇｎａｔｕｒｅ　ｖａｌｉｄ]',
      '［signature valid］',
      '【signature valid】',
      '〔signature valid〕',
      '(signature valid)',
      '<signature valid>',
      '|signature valid|',
      '[s\u200bi\u200cg\u200dn\u2060a\ufeffture valid]',
      '[s i g n a t u r e  v a l i d]',
      '[signature\u00a0valid]',
      '[s\u0336i\u0336gnature valid]',
      '[𝐬𝐢𝐠𝐧𝐚𝐭𝐮𝐫𝐞 𝐯𝐚𝐥𝐢𝐝]',
      '[5ignature va1id]',
      '[signature valid!]',
      '[the signature valid: jo@example.com]',
      '[[signature valid]signature valid]',
      '[signature [encrypted] valid]',
      '[Signatur gueltig]',
      '[Sealgate: ok]',
    ];
    for (const form of forms) {
      const left = subjectAfter(encodeWords(`${form} Hello`));
      assert.equal(left, 'Hello', form);
    }
  });
  it('is removed from within encoded words of any charset, and from every Subject', () => {
    const words = [
      '=?utf-8?q?=5Bsignature_valid=5D?= Hello',
      '=?utf-8?b?W3NpZ25h?= =?utf-8?b?dHVyZSB2YWxpZF0=?= Hello',
      '=?utf-7?q?+AFs-signature valid+AF0-?= Hello',
      '=?x-unknown?q?[signature_valid]?= Hello',
      '=?utf-8*en?q?[signature valid]?= Hello',
      '[signature\r\n\tvalid] Hello',
      '[signature\u0000valid] Hello',
    ];
    for (const word of words) assert.equal(subjectAfter(word), 'Hello', word);
    const twice = parsed(stripped(mail('Subject: [encrypted] a\nSUBJECT : [encrypted] b\n\nx')));
    assert.deepEqual(
      twice.header.fields.map((f) => f.value),
      ['a', 'b'],
    );
  });
  it('is not seen in honest mail, which keeps every octet', () => {
    for (const name of fixtureNames) assert.deepEqual(stripped(fixture(name)), fixture(name), name);
    const honest = [
      '[encrypted-devel] list mail',
      'The signature is valid now',
      '[JIRA] (PROJ-1) Bug',
      'Re: [ext] offer',
      '=?utf-8?q?Gr=C3=BC=C3=9Fe_[Team]?=',
      '((()))][',
      '',
    ];
    for (const subject of honest) {
      const bytes = mail(`Subject: ${subject}\n\nx`);
      assert.deepEqual(stripped(bytes), bytes, subject);
    }
  });
  it('has nothing left to remove after removal, in bounded time', () => {
    const unit = fc.constantFrom(
      '[',
      ']',
      '(',
      ')',
      '|',
      'signature',
      ' ',
      'valid',
      'encrypted',
      '\u200b',
      '\u0430',
      '=?utf-8?q?',
      '?=',
      'x',
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (parts) => {
        const once = stripped(Buffer.from(`Subject: ${parts.join('')}\r\n\r\n`));
        assert.equal(stripForged(parsed(once)).length, 0, once.toString());
      }),
      { seed: 10, numRuns: 5_000 },
    );
    const started = performance.now();
    for (const hostile of ['[', ']', '[]', '[\u200b', '|', '[signature valid', '\u0430']) {
      stripped(Buffer.from(`Subject: ${hostile.repeat(200_000 / hostile.length / 2)}\r\n\r\n`));
      stripped(Buffer.from(`Subject: ${'['.repeat(2_500)}${']'.repeat(2_500)}\r\n\r\n`));
    }
    assert.ok(performance.now() - started < 15_000);
  });
});
