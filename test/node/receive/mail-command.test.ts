/** Arguments of MAIL FROM and RCPT TO. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseMail, parseRecipient } from '#node/receive/mail-command.ts';

const HOST = 'gateway.example';

function statusOf(text: string, kind: 'MAIL' | 'RCPT' = 'MAIL'): string {
  const parsed = kind === 'MAIL' ? parseMail(text) : parseRecipient(text, false, HOST);
  return parsed.ok ? 'ok' : `${parsed.reply.code} ${parsed.reply.status}`;
}

describe('MAIL FROM', () => {
  it('is read with all its parameters', () => {
    const parsed = parseMail(
      ' from: <"a b"@Example.ORG>  size=12 BODY=8bitmime RET=full ENVID=QQ+3D1 SMTPUTF8',
    );
    assert.deepEqual(parsed.ok && parsed.value, {
      sender: '"a b"@example.org',
      body: '8BITMIME',
      smtpUtf8: true,
      requireTls: false,
      dsn: { ret: 'FULL', envid: 'QQ=1' },
      declaredBytes: 12,
    });
    const empty = parseMail(' FROM:<>');
    assert.equal(empty.ok && empty.value.sender, null);
  });

  it('is refused with the code of what is wrong', () => {
    const wrong: Record<string, string[]> = {
      '501 5.1.7': [
        '',
        ' FROM',
        ' TO:<a@b.example>',
        ' FROM:a@b.example',
        ' FROM:<a@b.example',
        ' FROM:<a@b.example>x',
      ],
      '501 5.5.4': [
        ' FROM:<> SIZE',
        ' FROM:<> SIZE=x',
        ' FROM:<> SIZE=1 SIZE=2',
        ' FROM:<> BODY=9BIT',
        ' FROM:<> BODY',
      ],
      '555 5.5.4': [' FROM:<> AUTH=<>', ' FROM:<> REQUIRETLS', ' FROM:<> NOTIFY=NEVER'],
    };
    wrong['501 5.1.7']!.push(
      ' FROM:<<a@b.example>>',
      ' FROM:<@r.example:a@b.example>',
      ' FROM:<a@b@c.example>',
    );
    wrong['501 5.5.4']!.push(
      ' FROM:<> RET=ALL',
      ' FROM:<> ENVID=+0A',
      ' FROM:<> ENVID=+4',
      ' FROM:<> SMTPUTF8=1',
    );
    wrong['501 5.5.4']!.push(` FROM:<> ENVID=${'x'.repeat(101)}`, ' FROM:<> =1', ' FROM:<> SIZE==1');
    for (const [status, texts] of Object.entries(wrong))
      for (const text of texts) assert.equal(statusOf(text), status, text);
  });
});

describe('RCPT TO', () => {
  it('is read with its DSN parameters, postmaster without a domain too', () => {
    const parsed = parseRecipient(
      ' TO:<b@example.org> NOTIFY=delay,FAILURE ORCPT=RFC822;b+2Bc@x.example',
      false,
      HOST,
    );
    assert.deepEqual(parsed.ok && parsed.value, {
      address: 'b@example.org',
      notify: ['FAILURE', 'DELAY'],
      orcpt: 'rfc822;b+c@x.example',
    });
    const postmaster = parseRecipient(' TO:<PostMaster>', false, HOST);
    assert.equal(postmaster.ok && postmaster.value.address, `PostMaster@${HOST}`);
  });

  it('is refused with the code of what is wrong', () => {
    for (const text of [' TO:<>', ' TO:<b>', ' FROM:<b@x.example>', ' TO:<b@x.example>NOTIFY=NEVER']) {
      assert.equal(statusOf(text, 'RCPT'), '501 5.1.3', text);
    }
    for (const parameter of [
      'NOTIFY=',
      'NOTIFY=NEVER,DELAY',
      'NOTIFY=DELAY,DELAY',
      'NOTIFY=X',
      'ORCPT=b',
      'ORCPT=rfc822;+7F',
    ]) {
      assert.equal(statusOf(` TO:<b@x.example> ${parameter}`, 'RCPT'), '501 5.5.4', parameter);
    }
    assert.equal(statusOf(' TO:<ä@x.example>', 'RCPT'), '553 5.6.7');
  });

  it('never throws and never lets a control character through, whatever is said (property)', () => {
    const part = fc.constantFrom(
      ' ',
      ' TO:',
      ' FROM:',
      '<',
      '>',
      '"',
      '\\',
      '@',
      'a',
      '.example',
      '+0A',
      ' ORCPT=x;',
      ' ENVID=',
      '=',
    );
    const said = fc.array(fc.oneof(part, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 12 });
    fc.assert(
      fc.property(said, (parts) => {
        const text = parts.join('');
        for (const parsed of [parseMail(text), parseRecipient(text, true, HOST)]) {
          if (parsed.ok) assert.doesNotMatch(JSON.stringify(parsed.value), /\\u00|\\[rnt]/);
        }
      }),
      { numRuns: 5000, seed: 20261123 },
    );
  });
});
