/** PDF mail: the rows after a history. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PdfPairEvent, passwordInForce } from '#domain/pdf/pdf-pair.ts';
import { DEFAULT_PDF_POLICY } from '#domain/pdf/pdf-policy.ts';
import { EMPTY_TEMPLATE } from '#domain/pdf/template-record.ts';
import { PdfProjection } from '#projections/pdf.ts';
import { type Happening, recorded } from './history.ts';

const alice = 'alice@example.org';
const bob = 'bob@partner.example';
const passwordSet = (sender: string): PdfPairEvent => ({
  type: 'PdfPasswordSet',
  sender,
  recipient: bob,
  origin: 'made',
  secret: { v: 1, subject: `partner/${bob}`, nonce: 'bm9uY2U', ciphertext: 'Y2lwaGVy' },
  expiresAt: null,
  spoolId: 'gw.1.a',
  at: 10,
});

function rowsAfter(...happenings: Happening[]): PdfProjection {
  const rows = new PdfProjection();
  for (const event of recorded(...happenings)) rows.apply(event);
  const copy = new PdfProjection();
  copy.restore(rows.save());
  return copy;
}

describe('the passwords of pairs', () => {
  it('are found by any spelling, and hold no secret', () => {
    const rows = rowsAfter({ pdfPair: `${alice}/${bob}`, event: passwordSet(alice) });
    const pair = rows.pair('Alice@example.org', 'BOB@partner.example');
    assert.equal(passwordInForce(pair, 20)?.version, 1);
    assert.equal(rows.pair(bob, alice).version, 0);
    assert.doesNotMatch(JSON.stringify([...rows.pairs()]), /bm9uY2U|Y2lwaGVy/);
  });
  it('are of a pair, or of a recipient, as the policy says', () => {
    const policy = { ...DEFAULT_PDF_POLICY, passwordPer: 'recipient' as const };
    assert.equal(rowsAfter().senderOfPair(alice), alice);
    const rows = rowsAfter({ pdfPolicy: true, event: { type: 'PdfPolicySet', policy, at: 5 } });
    assert.equal(rows.senderOfPair(alice), '*');
  });
});

describe('invitations, lock-outs and templates', () => {
  it('are found by their pair and domain', () => {
    const template = { ...EMPTY_TEMPLATE, company: 'Clinic' };
    const invitation = { sender: alice, recipient: bob, spoolId: 's', invitedBy: alice, expiresAt: 99 };
    const rows = rowsAfter(
      { pdfInvitation: `${alice}/${bob}`, event: { type: 'PdfPartnerInvited', ...invitation, at: 1 } },
      { pdfAccess: `${alice}/${bob}`, event: { type: 'PdfLoginAttempted', at: 2 } },
      {
        pdfTemplate: 'example.org',
        event: { type: 'PdfTemplateSet', domain: 'example.org', template, at: 3 },
      },
    );
    assert.deepEqual(
      [...rows.openInvitations()].map((i) => i.recipient),
      [bob],
    );
    assert.equal(rows.access(alice, bob).failures, 1);
    assert.equal(rows.templateOf('example.org').company, 'Clinic');
    assert.equal(rows.templateOf('example.net'), EMPTY_TEMPLATE);
  });
});
