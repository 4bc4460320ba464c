import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { openInline } from '#node/crypto/openpgp/inline.ts';
import { signCleartext } from '#node/crypto/openpgp/sign.ts';
import { Gnupg } from './gnupg.ts';
import { type OurKey, OurSide, trusted } from './our-side.ts';

const TEXT = Buffer.from('Hello,\r\n\r\n- a list\r\n-- \r\nFrom the partner  \r\n');

describe('inline PGP', () => {
  let ours: OurSide;
  let own: OurKey;
  let gpg: Gnupg;
  let partner: Buffer;
  before(async () => {
    ours = await OurSide.start();
    own = await ours.make('curve25519');
    gpg = new Gnupg('gpg');
    gpg.mustRun(['--import'], own.publicKey);
    partner = gpg.makeKey('bob@example.net', [
      'Key-Type: EDDSA',
      'Key-Curve: ed25519',
      'Subkey-Type: ECDH',
      'Subkey-Curve: cv25519',
    ]);
  });
  after(async () => {
    gpg.close();
    await ours.gateway.stop();
  });

  const open = (text: Uint8Array) => openInline({ ...ours.opening(own, [trusted(partner)]), text });

  it('is not seen where there is none', async () => {
    for (const text of ['', 'plain', '-----BEGIN PGP MESSAGE-----', '> -----BEGIN PGP MESSAGE-----\n> x\n']) {
      assert.equal(await open(Buffer.from(text)), null);
    }
  });

  it('encrypted and signed as a whole is opened as a whole', async () => {
    const body = gpg.mustRun(['-r', own.fingerprint, '--armor', '--sign', '--encrypt'], TEXT);
    const opening = await open(Buffer.concat([Buffer.from('\r\n'), body, Buffer.from('\r\n \r\n')]));
    assert.equal(opening?.whole, true);
    const [piece] = opening?.pieces ?? [];
    assert.ok(piece?.kind === 'opened');
    assert.deepEqual(Buffer.from(piece.content), TEXT);
    assert.ok(
      piece.layers.some((layer) => layer.kind === 'signed' && layer.outcome === 'valid' && layer.whole),
    );
  });

  it('among other text stays apart from it (threats 2, 8)', async () => {
    const block = gpg.mustRun(['-r', own.fingerprint, '--armor', '--sign', '--encrypt'], TEXT);
    const opening = await open(
      Buffer.concat([Buffer.from('before\r\n'), block, Buffer.from('after\r\n'), block]),
    );
    assert.equal(opening?.whole, false);
    assert.deepEqual(
      opening?.pieces.map(({ kind }) => kind),
      ['text', 'opened', 'text', 'opened'],
    );
    for (const piece of opening?.pieces ?? []) {
      if (piece.kind !== 'opened') continue;
      for (const layer of piece.layers) assert.ok(layer.kind !== 'signed' || !layer.whole);
    }
  });

  it('in clear with a signature holds, with dashes, blanks and both line ends', async () => {
    const clear = gpg.mustRun(['--local-user', 'bob@example.net', '--clearsign'], TEXT);
    for (const body of [clear, Buffer.from(clear.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')]) {
      const opening = await open(body);
      assert.equal(opening?.whole, true);
      const [piece] = opening?.pieces ?? [];
      assert.ok(piece?.kind === 'opened');
      assert.equal(
        Buffer.from(piece.content).toString(),
        'Hello,\r\n\r\n- a list\r\n--\r\nFrom the partner\r\n',
      );
      const [layer] = piece.layers;
      assert.ok(layer?.kind === 'signed' && layer.outcome === 'valid', JSON.stringify(layer));
    }
  });

  it('in clear, changed or with other headers, is not verified', async () => {
    const clear = gpg.mustRun(['--local-user', 'bob@example.net', '--clearsign'], TEXT).toString();
    const changed = clear.replace('Hello', 'Hallo');
    const hidden = clear.replace(/\n\n/, '\nComment: hidden text\n\n');
    for (const body of [changed, hidden]) {
      const opening = await open(Buffer.from(body));
      for (const piece of opening?.pieces ?? []) {
        if (piece.kind === 'text') continue;
        assert.ok(piece.layers.every((layer) => layer.kind === 'signed' && layer.outcome === 'not-verified'));
      }
    }
  });

  it('of ours is read back', async () => {
    const body = await signCleartext('Gr\u00fc\u00dfe\n- x\n\ntrailing   \n', ours.signer(own), Date.now());
    const opening = await openInline({ ...ours.opening(null, [trusted(own.publicKey)]), text: body });
    const [piece] = opening?.pieces ?? [];
    assert.ok(piece?.kind === 'opened');
    const [layer] = piece.layers;
    assert.ok(layer?.kind === 'signed' && layer.outcome === 'valid');
    assert.equal(Buffer.from(piece.content).toString(), 'Gr\u00fc\u00dfe\r\n- x\r\n\r\ntrailing\r\n');
  });

  it('for another stays as it is', async () => {
    const body = gpg.mustRun(['-r', 'bob@example.net', '--armor', '--encrypt'], TEXT);
    const opening = await open(body);
    assert.deepEqual(
      opening?.pieces.map(({ kind }) => kind),
      ['not-opened'],
    );
  });

  it('with long runs of blanks takes no longer than any other text', async () => {
    const clear = gpg.mustRun(['--local-user', 'bob@example.net', '--clearsign'], TEXT).toString();
    const started = performance.now();
    for (const blanks of [' '.repeat(1_000_000), '\t '.repeat(500_000)]) {
      await open(Buffer.from(clear.replace('a list', `a${blanks}list`)));
      await open(Buffer.from(clear.replace('Hash: ', `Hash: ${blanks}x`)));
      await open(
        Buffer.from(
          clear.replace('-----BEGIN PGP SIGNATURE-----', `-----BEGIN PGP SIGNATURE-----${blanks}x`),
        ),
      );
    }
    assert.ok(performance.now() - started < 5_000);
  });

  it('mangled in any way neither throws nor verifies (fuzz)', async () => {
    const clear = gpg.mustRun(['--local-user', 'bob@example.net', '--clearsign'], TEXT);
    const change = fc.tuple(
      fc.nat(clear.length - 1),
      fc.nat(clear.length - 1),
      fc.constantFrom('cut', 'twice', 'x'),
    );
    await fc.assert(
      fc.asyncProperty(change, async ([a, b, how]) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const middle = {
          cut: '',
          twice: clear.toString('latin1', from, to).repeat(2),
          x: 'x'.repeat(to - from),
        }[how];
        const text = Buffer.concat([
          clear.subarray(0, from),
          Buffer.from(middle, 'latin1'),
          clear.subarray(to),
        ]);
        const opening = await open(text);
        for (const piece of opening?.pieces ?? []) {
          if (piece.kind !== 'opened') continue;
          const valid = piece.layers.some((layer) => layer.kind === 'signed' && layer.outcome === 'valid');
          if (valid)
            assert.match(
              Buffer.from(piece.content).toString(),
              /^Hello,\r\n\r\n- a list\r\n--\r\nFrom the partner\r\n$/,
            );
        }
      }),
      { numRuns: 300, seed: 2440 },
    );
  });
});
