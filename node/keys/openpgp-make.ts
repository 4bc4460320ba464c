/**
 * Makes and imports OpenPGP keys: out comes the open transferable secret key, to be sealed, and the public one.
 */
import { enums, generateKey, type PrivateKey, readPrivateKey } from 'openpgp';
import { isArmoured, readArmour } from '#node/crypto/openpgp/armour.ts';
import { OpenPgpError } from '#node/crypto/openpgp/openpgp-error.ts';
import { KeysError } from './keys-error.ts';
import { openPackets } from './openpgp-packet.ts';

const SECRET_KEY_BYTES_MAX = 1024 * 1024; // Our own key with many certifications; not a flooded one (threat 28).
const RSA_BITS_MIN = 1024; // targets.md: below it refused, for reading too.

interface MadeOpenPgpKey {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
}

/**
 * A primary key that signs and one subkey that decrypts (key separation, features.md S4), version 4 with the algorithm
 * ids of RFC 6637 and 4880bis, since GnuPG 2.2 knows no newer ones; SEIPDv2 is announced for who can send it.
 */
export async function makeOpenPgpKey(request: {
  userId: { name: string; address: string };
  algorithm: 'curve25519' | 'rsa3072' | 'rsa4096';
  expiresInSeconds: number;
}): Promise<MadeOpenPgpKey> {
  const kind =
    request.algorithm === 'curve25519'
      ? ({ type: 'ecc', curve: 'ed25519Legacy' } as const)
      : ({ type: 'rsa', rsaBits: Number(request.algorithm.slice(3)) } as const);
  let privateKey: PrivateKey;
  try {
    ({ privateKey } = await generateKey({
      ...kind,
      userIDs: [{ name: request.userId.name, email: request.userId.address }],
      keyExpirationTime: request.expiresInSeconds,
      format: 'object',
      config: { aeadProtect: true, preferredAEADAlgorithm: enums.aead.ocb },
    }));
  } catch (error) {
    throw new KeysError('malformed', `no key for this user id: ${(error as Error).message}`);
  }
  return madeOf(privateKey);
}

/** `wrong-password` when the passphrase does not open every secret packet that is there. */
export async function importOpenPgpKey(secretKey: Uint8Array, passphrase: string): Promise<MadeOpenPgpKey> {
  if (secretKey.length > SECRET_KEY_BYTES_MAX) throw new KeysError('malformed', 'the key is too large');
  const key = await readOpenPgpSecret(isArmoured(secretKey) ? unarmoured(secretKey) : secretKey);
  for (const packet of openPacketsAfter(key)) {
    try {
      await packet.decrypt(passphrase);
    } catch (error) {
      const wrong = /passphrase/i.test((error as Error).message);
      throw new KeysError(wrong ? 'wrong-password' : 'malformed', (error as Error).message);
    }
  }
  const packets = openPackets(key);
  if (packets.length === 0) throw new KeysError('malformed', 'the key holds no secret');
  for (const packet of packets) {
    const { bits = RSA_BITS_MIN } = packet.getAlgorithmInfo();
    if (bits < RSA_BITS_MIN) throw new KeysError('malformed', `${bits} bits are too short`);
    // A secret whose public half was exchanged would give itself away with its first signature (KOpenPGP, 2022).
    await packet.validate().catch(() => {
      throw new KeysError('malformed', 'secret and public part of the key do not belong together');
    });
  }
  return madeOf(key);
}

/** The first private key of an armoured file. */
function unarmoured(text: Uint8Array): Uint8Array {
  try {
    const block = readArmour(text).find(({ type }) => type === 'PRIVATE KEY BLOCK');
    if (block) return block.binary;
  } catch (error) {
    if (!(error instanceof OpenPgpError)) throw error;
    throw new KeysError('malformed', error.message);
  }
  throw new KeysError('malformed', 'no armoured private key in it');
}

/** Reads an open or locked transferable secret key. */
export async function readOpenPgpSecret(secretKey: Uint8Array): Promise<PrivateKey> {
  try {
    return await readPrivateKey({ binaryKey: Uint8Array.from(secretKey), config: { enforceGrammar: true } });
  } catch (error) {
    throw new KeysError('malformed', `not an OpenPGP secret key: ${(error as Error).message}`);
  }
}

type LockedPacket = { decrypt(passphrase: string): Promise<void> };

function openPacketsAfter(key: PrivateKey): LockedPacket[] {
  return [key.keyPacket, ...key.subkeys.map((subkey) => subkey.keyPacket)].filter(
    (packet) => 'decrypt' in packet && !packet.isDecrypted() && !packet.isMissingSecretKeyMaterial(),
  ) as unknown as LockedPacket[];
}

function madeOf(key: PrivateKey): MadeOpenPgpKey {
  return { secretKey: key.write(), publicKey: key.toPublic().write(), fingerprint: key.getFingerprint() };
}
