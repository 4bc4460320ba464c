/** Mutated OpenPGP keys, messages and armour into their readers: documented ends only, nothing thrown (targets.md R15). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readArmour } from '#node/crypto/openpgp/armour.ts';
import { encryptOpenPgp } from '#node/crypto/openpgp/encrypt.ts';
import { openOpenPgp } from '#node/crypto/openpgp/open.ts';
import { OpenPgpError } from '#node/crypto/openpgp/openpgp-error.ts';
import { packetsOf } from '#node/crypto/openpgp/packets.ts';
import { armourKeys, importPublicKeys } from '#node/crypto/openpgp/public-key.ts';
import { signDetached } from '#node/crypto/openpgp/sign.ts';
import { verifyDetached } from '#node/crypto/openpgp/verify.ts';
import { fuzz, fuzzSeconds, fuzzSeed } from '../../../fault/mutation.ts';
import { OurSide, trusted } from './our-side.ts';

const SECONDS = fuzzSeconds(10);
const SEED = fuzzSeed(9580);
const MAIL = Buffer.from('Content-Type: text/plain\r\n\r\nthe plan\r\n');

const tokens = [
  ...['c0', 'ff', '99', 'd2ffffffffff', 'e0', '00', '0303', '9501', 'cb'].map((hex) =>
    Buffer.from(hex, 'hex'),
  ),
  ...['-----BEGIN PGP MESSAGE-----\r\n', '\r\n\r\n', '=', 'Hash: SHA1\r\n', '- '].map((text) =>
    Buffer.from(text),
  ),
];

describe('readers of OpenPGP', () => {
  let ours: OurSide;
  before(async () => {
    ours = await OurSide.start();
  });
  after(() => ours.gateway.stop());

  it(`bear what is thrown at them, seed ${SEED}`, async () => {
    const own = await ours.make('curve25519');
    const atMs = Date.now();
    const recipients = [{ publicKey: own.publicKey, hidden: false }];
    const { message } = await encryptOpenPgp({ content: MAIL, recipients, signer: ours.signer(own), atMs });
    const { signature } = await signDetached(MAIL, ours.signer(own), atMs);
    const binary = readArmour(message)[0]?.binary as Buffer;
    const corpus = [
      message,
      binary,
      Buffer.from(signature),
      Buffer.from(own.publicKey),
      armourKeys([own.publicKey]),
    ];
    const feed = async (input: Buffer): Promise<void> => {
      try {
        for (const _packet of packetsOf(input));
      } catch (error) {
        if (!(error instanceof OpenPgpError)) throw error;
      }
      await importPublicKeys(input, { atMs, selfSignaturesOnly: true });
      const opened = await openOpenPgp({ ...ours.opening(own, [trusted(own.publicKey)]), message: input });
      // A packet in clear, as two mutations can make one, holds no plaintext of ours.
      if (opened.kind === 'opened' && opened.layers.some((layer) => layer.kind === 'encrypted'))
        assert.deepEqual(Buffer.from(opened.content), MAIL, 'altered plaintext was released');
      const findSigners = async () => [trusted(own.publicKey)];
      const report = await verifyDetached({
        content: Buffer.from('other'),
        signature: input,
        findSigners,
        atMs,
        whole: true,
      });
      assert.equal(report.outcome, 'not-verified');
    };
    const cases = await fuzz({ seconds: SECONDS, seed: SEED, corpus, tokens, feed });
    assert.ok(cases > 20, `only ${cases} cases`);
  });
});
