import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createMessage, decrypt, encrypt, enums, generateKey, type PrivateKey, readMessage } from 'openpgp';
import { decryptAead, encryptAead } from '#node/crypto/openpgp/aead-data.ts';
import { encryptOpenPgp } from '#node/crypto/openpgp/encrypt.ts';
import { openOpenPgp } from '#node/crypto/openpgp/open.ts';
import { type OurKey, OurSide } from './our-side.ts';

const MODES = { OCB: enums.aead.ocb, GCM: enums.aead.gcm, EAX: enums.aead.eax };
const CHUNK = 256 * 1024;

describe('SEIPDv2 with the library as the other side', () => {
  let ours: OurSide;
  let own: OurKey;
  let privateKey: PrivateKey;
  before(async () => {
    ours = await OurSide.start();
    ({ privateKey } = await generateKey({
      type: 'curve25519',
      userIDs: [{ email: 'alice@example.org' }],
      format: 'object',
      config: { aeadProtect: true },
    }));
    own = await ours.import(privateKey.write());
  });
  after(() => ours.gateway.stop());

  for (const [name, preferredAEADAlgorithm] of Object.entries(MODES)) {
    for (const size of [0, 1, 70_000]) {
      it(`reads its ${name}, ${size} octets, in small chunks too`, async () => {
        for (const aeadChunkSizeByte of [6, 12]) {
          const content = new Uint8Array(randomBytes(size));
          const message = await encrypt({
            message: await createMessage({ binary: content }),
            encryptionKeys: privateKey.toPublic(),
            format: 'binary',
            config: { aeadProtect: true, preferredAEADAlgorithm, aeadChunkSizeByte },
          });
          const opening = await openOpenPgp({ ...ours.opening(own), message: message as Uint8Array });
          assert.ok(opening.kind === 'opened', JSON.stringify(opening));
          assert.deepEqual(Buffer.from(opening.content), Buffer.from(content));
          const [layer] = opening.layers;
          assert.ok(layer?.kind === 'encrypted' && layer.algorithms[0] === `AES-256-${name}`);
        }
      });
    }
  }

  it('is read by it, over the ends of chunks', async () => {
    for (const size of [0, 1, CHUNK - 20, CHUNK, 2 * CHUNK + 1]) {
      const content = randomBytes(size);
      const request = {
        content,
        recipients: [{ publicKey: own.publicKey, hidden: false }],
        atMs: Date.now(),
      };
      const { message } = await encryptOpenPgp({ ...request, signer: ours.signer(own) });
      const { data, signatures } = await decrypt({
        message: await readMessage({ armoredMessage: message.toString() }),
        decryptionKeys: privateKey,
        verificationKeys: privateKey.toPublic(),
        format: 'binary',
      });
      assert.deepEqual(Buffer.from(data as Uint8Array), content);
      assert.ok(await signatures[0]?.verified);
    }
  });
});

describe('SEIPDv2 data', () => {
  const key = randomBytes(32);
  const plain = randomBytes(3 * CHUNK + 100);
  const sealed = Buffer.concat(encryptAead(plain, enums.symmetric.aes256, enums.aead.ocb, key));
  const head = 36;
  const sealedChunk = CHUNK + 16;

  it('comes back as it was', () => {
    assert.ok(decryptAead(sealed, key).equals(plain));
  });

  it('cut off, reordered, extended or changed anywhere is not released at all', () => {
    const chunk = (index: number): Buffer =>
      sealed.subarray(head + index * sealedChunk, head + (index + 1) * sealedChunk);
    const tail = sealed.subarray(head + 3 * sealedChunk);
    const start = sealed.subarray(0, head);
    const changes: Record<string, Buffer> = {
      'without the last tag': sealed.subarray(0, sealed.length - 16),
      'cut in the middle': sealed.subarray(0, head + sealedChunk + 100),
      'cut at a chunk': sealed.subarray(0, head + 2 * sealedChunk),
      'without a chunk': Buffer.concat([start, chunk(0), chunk(2), tail]),
      'chunks swapped': Buffer.concat([start, chunk(1), chunk(0), chunk(2), tail]),
      'a chunk twice': Buffer.concat([start, chunk(0), chunk(0), chunk(1), chunk(2), tail]),
      'octets behind': Buffer.concat([sealed, Buffer.alloc(16)]),
      nothing: Buffer.alloc(0),
      'only the head': start,
    };
    for (const at of [0, 1, 2, 3, 4, 35, 36, 1000, sealed.length - 1, sealed.length - 17]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      changes[`octet ${at}`] = changed;
    }
    for (const [what, bytes] of Object.entries(changes)) {
      assert.throws(() => decryptAead(bytes, key), Error, what);
    }
    assert.throws(() => decryptAead(sealed, randomBytes(32)));
    assert.throws(() => decryptAead(sealed, key.subarray(0, 16)));
  });
});
