/** What a worker does not ask again: verdicts on signers, announcements of partners. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announce } from '#node/protect/announce.ts';
import type { Ask, SignerAnswer } from '#node/protect/facts.ts';
import { judgedSigner } from '#node/protect/judged-signers.ts';

const IDENTITY = { name: 'Bob', addresses: [], fingerprint: 'ab', issuer: 'CA', claimedAtMs: null };

function counting(answers: (SignerAnswer | null)[]): { ask: Ask; count: () => number } {
  let count = 0;
  const ask = (async () => answers[Math.min(count++, answers.length - 1)]) as unknown as Ask;
  return { ask, count: () => count };
}

const question = (certificate: string, atMs = 1000) => ({
  certificate: Buffer.from(certificate),
  others: [Buffer.from('issuer')],
  atMs,
});

test('a verdict counts for the position of the log that it was made at', async () => {
  const { ask, count } = counting([
    { problem: null, identity: IDENTITY },
    { problem: 'revoked', identity: IDENTITY },
  ]);
  const verdict = async (position: string | null) =>
    (await judgedSigner(ask, question('one'), position)).problem;
  assert.equal(await verdict('17'), null);
  assert.equal(await verdict('17'), null);
  assert.equal(count(), 1);
  assert.equal(await verdict('18'), 'revoked'); // The next event of the log: asked anew.
  assert.equal(await verdict(null), 'revoked');
  assert.equal(await verdict(null), 'revoked');
  assert.equal(count(), 4);
});

test('another certificate, other material and another time are other questions', async () => {
  const { ask, count } = counting([{ problem: null, identity: IDENTITY }]);
  await judgedSigner(ask, question('two'), '20');
  await judgedSigner(ask, question('three'), '20');
  await judgedSigner(ask, { ...question('two'), others: [] }, '20');
  // The same octets, cut at another place.
  await judgedSigner(ask, { ...question('twois'), others: [Buffer.from('suer')] }, '20');
  await judgedSigner(ask, question('two', 3_600_000), '20');
  assert.equal(count(), 5);
});

test('an announcement is told again only when it says something new', async () => {
  const { ask, count } = counting([null]);
  const announced = {
    address: 'bob@partner.example',
    capabilities: [{ oid: '2.16.840.1.101.3.4.1.46', parameters: null }],
    certificate: 'ab',
    signedAtMs: 1,
  };
  await announce(ask, announced);
  await announce(ask, { ...announced, signedAtMs: 2 });
  assert.equal(count(), 1);
  await announce(ask, { ...announced, certificate: 'cd' });
  await announce(ask, { ...announced, certificate: 'cd', capabilities: [] });
  await announce(ask, { ...announced, address: 'eve@partner.example' });
  assert.equal(count(), 4);
});
