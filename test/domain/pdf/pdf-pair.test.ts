/** The password of a pair of sender and recipient, as a specification. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ANY_SENDER,
  type PdfPairEvent,
  type PdfPasswordFacts,
  passwordInForce,
  pdfPairDecider,
  pdfPairStream,
} from '#domain/pdf/pdf-pair.ts';
import { specification } from '../specification.ts';

const { given } = specification(pdfPairDecider);
const secret = { v: 1, subject: 'partner/bob@partner.example', nonce: 'AQI', ciphertext: '_wA' } as const;
const facts: PdfPasswordFacts = {
  sender: 'alice@example.org',
  recipient: 'bob@partner.example',
  origin: 'made',
  secret,
  expiresAt: null,
  spoolId: 'gw.1.a',
};
const set = (at: number, change: Partial<PdfPasswordFacts> = {}): PdfPairEvent => ({
  type: 'PdfPasswordSet',
  ...facts,
  ...change,
  at,
});
const made = set(10);

describe('the password of a pair', () => {
  it('is made at the first PDF', () => {
    given()
      .when({ type: 'MakePdfPassword', ...facts, at: 10 })
      .records(made);
  });
  it('is made once: whoever comes second, with whatever secret, takes the first one', () => {
    const other = { ...facts, secret: { ...secret, nonce: 'AAA' }, spoolId: 'gw2.1.b' };
    given(made)
      .when({ type: 'MakePdfPassword', ...other, at: 11 })
      .recordsNothing();
  });
  it('is made anew when it has expired or was voided', () => {
    const expiring = set(10, { expiresAt: 20 });
    given(expiring)
      .when({ type: 'MakePdfPassword', ...facts, at: 19 })
      .recordsNothing();
    given(expiring)
      .when({ type: 'MakePdfPassword', ...facts, at: 20 })
      .records(set(20));
    given(made, { type: 'PdfPasswordVoided', by: 'operator', at: 15 })
      .when({ type: 'MakePdfPassword', ...facts, at: 20 })
      .records(set(20));
  });
  it('is replaced by one that the sender states or the partner chooses; the earlier ones are kept', () => {
    const chosen = set(30, { origin: 'chosen', spoolId: '' });
    given(made)
      .when({ type: 'SetPdfPassword', ...facts, origin: 'chosen', spoolId: '', at: 30 })
      .records(chosen);
    const pair = given(made, chosen).state();
    assert.deepEqual(
      pair.passwords.map((p) => [p.version, p.origin, p.since, p.until]),
      [
        [1, 'made', 10, 30],
        [2, 'chosen', 30, null],
      ],
    );
    assert.equal(passwordInForce(pair, 40)?.version, 2);
  });
  it('is voided by sender, operator or partner, once', () => {
    const voided: PdfPairEvent = { type: 'PdfPasswordVoided', by: 'sender', at: 20 };
    given(made).when({ type: 'VoidPdfPassword', by: 'sender', at: 20 }).records(voided);
    given(made, voided).when({ type: 'VoidPdfPassword', by: 'operator', at: 21 }).recordsNothing();
    given().when({ type: 'VoidPdfPassword', by: 'operator', at: 21 }).refuses('unknown');
    assert.equal(passwordInForce(given(made, voided).state(), 22), null);
  });
  it('has the number of its event, whatever else happens to the pair', () => {
    const pair = given(made, { type: 'PdfLanguageSet', language: 'fr', at: 11 }, set(12)).state();
    assert.deepEqual(
      pair.passwords.map((p) => p.version),
      [1, 3],
    );
    assert.equal(pair.language, 'fr');
  });
  it('is shown to an operator only as an event, also an old one', () => {
    given(made, set(20))
      .when({ type: 'ShowPdfPassword', password: 1, at: 30 })
      .records({ type: 'PdfPasswordShown', password: 1, at: 30 });
    given(made).when({ type: 'ShowPdfPassword', password: 2, at: 30 }).refuses('no-password');
  });
  it('is handed over to the messenger once', () => {
    const handed: PdfPairEvent = { type: 'PdfPasswordHandedOver', password: 1, at: 30 };
    given(made).when({ type: 'RecordPdfHandOver', password: 1, at: 30 }).records(handed);
    given(made, handed).when({ type: 'RecordPdfHandOver', password: 1, at: 31 }).recordsNothing();
    given(made).when({ type: 'RecordPdfHandOver', password: 9, at: 31 }).refuses('no-password');
  });
  it('is told again when an operator asks, by one gateway', () => {
    const asked: PdfPairEvent = { type: 'PdfNoticeAsked', at: 30 };
    given(made).when({ type: 'AskPdfNotice', at: 30 }).records(asked);
    given(made, asked).when({ type: 'AskPdfNotice', at: 31 }).recordsNothing();
    given(made, asked)
      .when({ type: 'RecordPdfNotice', asked: 2, at: 32 })
      .records({ type: 'PdfNoticeSent', asked: 2, at: 32 });
    given(made, asked, { type: 'PdfNoticeSent', asked: 2, at: 32 })
      .when({ type: 'RecordPdfNotice', asked: 2, at: 33 })
      .recordsNothing();
  });
  it('is never told again when the partner chose it, or when it is not of one sender', () => {
    given(set(10, { origin: 'chosen' }))
      .when({ type: 'AskPdfNotice', at: 30 })
      .refuses('another-pair');
    given(set(10, { sender: ANY_SENDER }))
      .when({ type: 'AskPdfNotice', at: 30 })
      .refuses('another-pair');
  });
  it('refuses what is not a mail address, another pair, and a time that is over', () => {
    given()
      .when({ type: 'MakePdfPassword', ...facts, recipient: 'bob', at: 10 })
      .refuses('malformed-address');
    given(made)
      .when({ type: 'SetPdfPassword', ...facts, recipient: 'eve@x.example', at: 10 })
      .refuses('another-pair');
    given()
      .when({ type: 'MakePdfPassword', ...facts, expiresAt: 10, at: 10 })
      .refuses('expired');
  });
  it('has one stream for all spellings', () => {
    assert.equal(
      pdfPairStream('Alice@example.org', 'BOB@partner.example'),
      'pdf-pair/alice@example.org/bob@partner.example',
    );
  });
});
