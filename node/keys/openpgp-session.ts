/**
 * Decrypts the session key of an OpenPGP message with one of our keys (RFC 9580 §5.1).
 *
 * A PKESK that names one of our subkeys and does not decrypt yields a random session key, so that the failure shows only
 * where any wrong key shows: at the integrity check of the data (threat 32). A PKESK for an anonymous recipient is a
 * trial by its nature; it counts only when it decrypts.
 */
import { constants, privateDecrypt, randomBytes } from 'node:crypto';
import { setImmediate as letOthersGo } from 'node:timers/promises';
import {
  type AnyPacket,
  config,
  enums,
  PacketList,
  type PrivateKey,
  PublicKeyEncryptedSessionKeyPacket,
} from 'openpgp';
import { keyObjectOf } from './openpgp-key-object.ts';
import { openPackets, type SecretPacket } from './openpgp-packet.ts';
import { unpadSessionKey } from './openpgp-unpad.ts';
import type { OpenPgpSessionKey } from './port.ts';

/**
 * Private key operations for one message. A usual one needs one; a message to many anonymous recipients wants one for each
 * of them, and a stranger must not keep this process busy with it.
 */
const TRIALS_MAX = 32;
const RANDOM_KEY_BYTES = 32;

/** What openpgp.js keeps in a PKESK packet; its declarations name none of it. */
interface Pkesk {
  readonly version: number;
  readonly publicKeyID: { isWildcard(): boolean; toHex(): string };
  readonly publicKeyAlgorithm: number;
  readonly encrypted: { readonly c?: Uint8Array };
  readonly sessionKey: Uint8Array;
  readonly sessionKeyAlgorithm: number | null;
  decrypt(packet: SecretPacket): Promise<void>;
}

export async function sessionKeyOf(key: PrivateKey, pkesk: Uint8Array): Promise<OpenPgpSessionKey | null> {
  // The declarations say Map, the library takes an object.
  const allowed = {
    [PublicKeyEncryptedSessionKeyPacket.tag]: PublicKeyEncryptedSessionKeyPacket,
  } as unknown as Map<enums.packet, object>;
  const list: AnyPacket[] = await packetsIn(pkesk, allowed);
  let rejected: OpenPgpSessionKey | null = null;
  let trials = 0;
  for (const found of list) {
    if (!(found instanceof PublicKeyEncryptedSessionKeyPacket)) continue;
    const packet = found as unknown as Pkesk;
    const anonymous = packet.publicKeyID.isWildcard();
    for (const secret of anonymous ? packetsToTry(key, packet) : packetsNamed(key, packet)) {
      trials += 1;
      if (trials > TRIALS_MAX) return rejected;
      if (trials > 1) await letOthersGo();
      const opened = await openPkesk(packet, secret);
      if (opened) return opened;
      if (!anonymous) rejected = randomSessionKey(packet.version);
    }
  }
  return rejected;
}

const packetsNamed = (key: PrivateKey, packet: Pkesk): SecretPacket[] =>
  openPackets(key).filter((secret) => secret.getKeyID().toHex() === packet.publicKeyID.toHex());

/** For an anonymous recipient: subkeys of its algorithm, or the primary key where it stands alone. */
function packetsToTry(key: PrivateKey, packet: Pkesk): SecretPacket[] {
  const fitting = openPackets(key).filter((secret) => secret.algorithm === packet.publicKeyAlgorithm);
  const subkeys = fitting.filter((secret) => secret !== key.keyPacket);
  return subkeys.length > 0 ? subkeys : fitting;
}

/** A packet that cannot be read is for someone else as far as we can tell. */
async function packetsIn(pkesk: Uint8Array, allowed: Map<enums.packet, object>): Promise<AnyPacket[]> {
  try {
    return await PacketList.fromBinary(Uint8Array.from(pkesk), allowed, {
      ...config,
      ignoreMalformedPackets: true,
    });
  } catch {
    return [];
  }
}

const randomSessionKey = (version: number): OpenPgpSessionKey => ({
  algorithm: version === 6 ? null : 'aes256',
  key: randomBytes(RANDOM_KEY_BYTES),
});

async function openPkesk(packet: Pkesk, secret: SecretPacket): Promise<OpenPgpSessionKey | null> {
  if (packet.publicKeyAlgorithm !== secret.algorithm) return null;
  if (
    secret.algorithm === enums.publicKey.rsaEncryptSign ||
    secret.algorithm === enums.publicKey.rsaEncrypt
  ) {
    return openRsa(packet, secret);
  }
  try {
    await packet.decrypt(secret);
  } catch {
    return null;
  }
  if (packet.version === 6) return { algorithm: null, key: packet.sessionKey };
  return { algorithm: cipherName(packet.sessionKeyAlgorithm), key: packet.sessionKey };
}

function openRsa(packet: Pkesk, secret: SecretPacket): OpenPgpSessionKey | null {
  const key = keyObjectOf(secret);
  if (!key || !packet.encrypted.c) return null;
  const bytes = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  if (packet.encrypted.c.length > bytes) return null;
  const padded = Buffer.alloc(bytes);
  padded.set(packet.encrypted.c, bytes - packet.encrypted.c.length);
  let block: Buffer;
  try {
    block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, padded);
  } catch {
    return null; // Not smaller than the modulus: public knowledge, no oracle.
  }
  const opened = unpadSessionKey(block, packet.version === 6);
  block.fill(0);
  return opened && { algorithm: opened.cipher === null ? null : cipherName(opened.cipher), key: opened.key };
}

function cipherName(number: number | null): string {
  const name = Object.entries(enums.symmetric).find(([, value]) => value === number)?.[0];
  return name ?? 'unknown';
}
