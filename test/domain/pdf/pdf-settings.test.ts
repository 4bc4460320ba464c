/** Invitations, lock-out, policy and templates of PDF mail, as specifications. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PdfAccessEvent, pdfAccessDecider } from '#domain/pdf/pdf-access.ts';
import { type PdfAddressEvent, pdfAddressDecider } from '#domain/pdf/pdf-address.ts';
import { type PdfInvitationEvent, pdfInvitationDecider } from '#domain/pdf/pdf-invitation.ts';
import { DEFAULT_PDF_POLICY, type PdfPolicy, pdfPolicyDecider } from '#domain/pdf/pdf-policy.ts';
import { EMPTY_TEMPLATE, type TemplateRecord, templateDecider } from '#domain/pdf/template-record.ts';
import { specification } from '../specification.ts';

describe('an invitation to choose a password', () => {
  const { given } = specification(pdfInvitationDecider);
  const facts = {
    sender: 'alice@example.org',
    recipient: 'bob@partner.example',
    spoolId: 'gw.1.a',
    invitedBy: 'alice@example.org',
    expiresAt: 100,
  };
  const invited: PdfInvitationEvent = { type: 'PdfPartnerInvited', ...facts, at: 10 };
  const expired: PdfInvitationEvent = { type: 'PdfInvitationExpired', at: 100 };
  it('goes out once, however many mails wait', () => {
    given()
      .when({ type: 'InvitePdfPartner', ...facts, at: 10 })
      .records(invited);
    given(invited)
      .when({ type: 'InvitePdfPartner', ...facts, spoolId: 'gw.1.b', at: 11 })
      .recordsNothing();
  });
  it('is repeated by number, so that two gateways remind once', () => {
    const reminded: PdfInvitationEvent = { type: 'PdfPartnerReminded', number: 1, at: 30 };
    given(invited).when({ type: 'RemindPdfPartner', number: 1, at: 30 }).records(reminded);
    given(invited, reminded).when({ type: 'RemindPdfPartner', number: 1, at: 31 }).recordsNothing();
  });
  it('ends when the partner has registered, or at its time', () => {
    given(invited)
      .when({ type: 'AcceptPdfInvitation', at: 50 })
      .records({ type: 'PdfInvitationAccepted', at: 50 });
    given(invited).when({ type: 'ExpirePdfInvitation', at: 99 }).refuses('not-yet');
    given(invited).when({ type: 'ExpirePdfInvitation', at: 100 }).records(expired);
    given(invited, expired).when({ type: 'AcceptPdfInvitation', at: 101 }).refuses('expired');
  });
  it('comes anew with a later mail', () => {
    given(invited, expired)
      .when({ type: 'InvitePdfPartner', ...facts, expiresAt: 300, at: 200 })
      .records({ type: 'PdfPartnerInvited', ...facts, expiresAt: 300, at: 200 });
  });
});

describe('the account of a partner', () => {
  const { given } = specification(pdfAccessDecider);
  const failed = (at: number): PdfAccessEvent => ({ type: 'PdfLoginAttempted', at });
  it('waits longer after every wrong password, up to a day', () => {
    const waits = Array.from({ length: 20 }, (_, n) => {
      const history = Array.from({ length: n + 1 }, (_, i) => failed(i));
      return given(...history).state().lockedUntil - n;
    });
    assert.deepEqual(waits.slice(0, 5), [0, 0, 5_000, 10_000, 20_000]);
    assert.equal(waits.at(-1), 86_400_000);
  });
  it('judges nothing before its time, and records nothing then', () => {
    const history = [failed(0), failed(1), failed(2)];
    given(...history)
      .when({ type: 'AttemptPdfLogin', at: 5_001 })
      .refuses('locked');
    given(...history)
      .when({ type: 'AttemptPdfLogin', at: 5_002 })
      .records(failed(5_002));
    given(...history)
      .when({ type: 'CompletePdfLogin', at: 3 })
      .records({ type: 'PdfLoginSucceeded', at: 3 });
  });
  it('is free again after a login, or when an operator unlocks it', () => {
    const history = [failed(0), failed(1), failed(2)];
    given(...history)
      .when({ type: 'UnlockPdfAccount', at: 3 })
      .records({ type: 'PdfAccountUnlocked', at: 3 });
    given().when({ type: 'UnlockPdfAccount', at: 3 }).recordsNothing();
    assert.deepEqual(given(...history, { type: 'PdfLoginSucceeded', at: 9 }).state(), {
      failures: 0,
      lockedUntil: 0,
      lastLogin: 9,
    });
  });
});

describe('an address that guesses', () => {
  const { given } = specification(pdfAddressDecider);
  const failed = (at: number): PdfAddressEvent => ({ type: 'PdfAddressFailed', at });
  const failures = (count: number): PdfAddressEvent[] => Array.from({ length: count }, (_, i) => failed(i));
  it('has ten free, then waits longer and longer, half an hour at most, and records nothing meanwhile', () => {
    assert.equal(given(...failures(9)).state().lockedUntil, 8);
    assert.equal(given(...failures(10)).state().lockedUntil, 9 + 5_000);
    assert.equal(given(...failures(40)).state().lockedUntil, 39 + 30 * 60_000);
    given(...failures(10))
      .when({ type: 'FailPdfAddress', at: 5_000 })
      .refuses('locked');
    given(...failures(10))
      .when({ type: 'FailPdfAddress', at: 5_009 })
      .records(failed(5_009));
  });
  it('is forgotten after a right password, or a day', () => {
    given(...failures(10))
      .when({ type: 'ClearPdfAddress', at: 20 })
      .records({ type: 'PdfAddressCleared', at: 20 });
    given().when({ type: 'ClearPdfAddress', at: 20 }).recordsNothing();
    assert.equal(given(...failures(9), failed(90_000_000)).state().failures, 1);
  });
});

describe('the policy of PDF mail', () => {
  const { given } = specification(pdfPolicyDecider);
  const policy = (change: Partial<PdfPolicy>): PdfPolicy => ({ ...DEFAULT_PDF_POLICY, ...change });
  it('makes passwords of 80 bits for a pair, told to the sender, until it is set otherwise', () => {
    const { passwordPer, bits, delivery, encryption, subject } = given().state();
    assert.deepEqual(
      { passwordPer, bits, delivery, encryption, subject },
      { passwordPer: 'pair', bits: 80, delivery: 'sender', encryption: 'aes-256', subject: 'neutral' },
    );
  });
  it('is set as a whole, and never below 80 bits', () => {
    const words = policy({ form: 'words' });
    given()
      .when({ type: 'SetPdfPolicy', policy: words, at: 1 })
      .records({ type: 'PdfPolicySet', policy: words, at: 1 });
    given()
      .when({ type: 'SetPdfPolicy', policy: policy({ bits: 79 }), at: 1 })
      .refuses('malformed');
    given().when({ type: 'SetPdfPolicy', policy: DEFAULT_PDF_POLICY, at: 1 }).recordsNothing();
  });
  it('makes no password that a reader of AES-128 would cut', () => {
    given()
      .when({ type: 'SetPdfPolicy', policy: policy({ encryption: 'aes-128', bits: 160 }), at: 1 })
      .refuses('too-many-bits-for-aes-128');
  });
  it('lets partners register only where there is a portal, and messengers only with an address', () => {
    given()
      .when({ type: 'SetPdfPolicy', policy: policy({ selfRegistration: true }), at: 1 })
      .refuses('registration-needs-portal');
    given()
      .when({ type: 'SetPdfPolicy', policy: policy({ delivery: 'messenger' }), at: 1 })
      .refuses('messenger-needs-address');
    given()
      .when({ type: 'SetPdfPolicy', policy: policy({ portalUrl: 'javascript:alert(1)' }), at: 1 })
      .refuses('malformed');
  });
});

describe('a template', () => {
  const { given } = specification(templateDecider);
  const template: TemplateRecord = { ...EMPTY_TEMPLATE, company: 'Clinic' };
  it('is data: texts, colours, a logo', () => {
    given()
      .when({ type: 'SetPdfTemplate', domain: 'example.org', template, at: 1 })
      .records({ type: 'PdfTemplateSet', domain: 'example.org', template, at: 1 });
    const odd = { ...template, accent: 'url(http://evil.example)' };
    given()
      .when({ type: 'SetPdfTemplate', domain: 'example.org', template: odd, at: 1 })
      .refuses('malformed');
    const hostile = { ...template, company: 'Clinic\u001b[2J' };
    given()
      .when({ type: 'SetPdfTemplate', domain: 'example.org', template: hostile, at: 1 })
      .refuses('malformed');
  });
  it('is removed once', () => {
    given({ type: 'PdfTemplateSet', domain: 'example.org', template, at: 1 })
      .when({ type: 'RemovePdfTemplate', at: 2 })
      .records({ type: 'PdfTemplateRemoved', at: 2 });
    given().when({ type: 'RemovePdfTemplate', at: 2 }).refuses('unknown');
  });
});
