/**
 * Encrypts, and signs inside the encryption (RFC 3156 §6.2, RFC 9580 §10.3).
 *
 * SEIPDv2 (AEAD) when every recipient's key announces it, else SEIPDv1. Hidden recipients (Bcc) get a session key packet
 * without their key id (features.md P23). The whole message is in memory: at most MESSAGE_BYTES_MAX.
 */
import {
  config,
  encryptSessionKey,
  enums,
  generateSessionKey,
  type Key,
  type SessionKey,
  SymEncryptedIntegrityProtectedDataPacket,
} from 'openpgp';
import { encryptAead } from './aead-data.ts';
import { contentName, publicKeyName } from './algorithms.ts';
import { writeArmour } from './armour.ts';
import { OpenPgpError } from './openpgp-error.ts';
import { allOctets, plainOctets } from './packet-list.ts';
import { packet, TAG } from './packets.ts';
import { judgedAt, parsedKey } from './parsed-keys.ts';
import { chooseSigner, literalPacket, type OpenPgpSigner, signedMessage } from './signer.ts';

/** Plain, packets, ciphertext and armour are in memory at once: about five times this. A 50 MB mail fits. */
export const MESSAGE_BYTES_MAX = 72 * 1024 * 1024;

interface OpenPgpRecipient {
  /** Binary transferable public key. */
  readonly publicKey: Uint8Array;
  /** Its key id must not be readable from the message. */
  readonly hidden: boolean;
}

interface EncryptionRequest {
  /** What is encrypted: for PGP/MIME a whole entity with its header. */
  readonly content: Uint8Array;
  readonly recipients: readonly OpenPgpRecipient[];
  readonly signer: OpenPgpSigner | null;
  readonly atMs: number;
}

interface EncryptedMessage {
  /** Armoured, CRLF line ends: the body of the `application/octet-stream` part. */
  readonly message: Buffer;
  /** For the trace: content and key algorithms, e.g. `AES-256-OCB`, `ECDH X25519`. */
  readonly algorithms: readonly string[];
}

/** Throws `recipient-key-unusable`, `signing-key-unusable`, `too-large`, or what the `keys` process answered. */
export async function encryptOpenPgp(request: EncryptionRequest): Promise<EncryptedMessage> {
  const { content, recipients, signer, atMs } = request;
  if (content.length > MESSAGE_BYTES_MAX) throw new OpenPgpError('too-large', 'too large for OpenPGP');
  if (recipients.length === 0) throw new OpenPgpError('recipient-key-unusable', 'no recipient');
  const date = judgedAt(atMs);
  const keys = await Promise.all(recipients.map((recipient) => encryptionKey(recipient.publicKey, date)));
  const sessionKey = await generateSessionKey({
    encryptionKeys: keys.map(({ key }) => key),
    date,
    config: CONFIG,
  });
  const packets: Uint8Array[] = [];
  for (const hidden of [false, true]) {
    const encryptionKeys = keys.filter((_, i) => recipients[i]?.hidden === hidden).map(({ key }) => key);
    if (encryptionKeys.length === 0) continue;
    packets.push(
      await encryptSessionKey({ ...sessionKey, encryptionKeys, wildcard: hidden, date, format: 'binary' }),
    );
  }
  const plain = signer
    ? await signedMessage(await chooseSigner(signer, atMs), content)
    : literalPacket(content);
  packets.push(await encryptedData(plain, sessionKey));
  sessionKey.data.fill(0);
  const aead = numberOf(enums.aead, sessionKey.aeadAlgorithm);
  const names = [contentName(sessionKey.algorithm, aead).name, ...keys.map(({ algorithm }) => algorithm)];
  return {
    message: writeArmour('MESSAGE', Buffer.concat(packets), aead === null),
    algorithms: [...new Set(names)],
  };
}

/** What openpgp.js has in its encrypted data packets and does not declare. */
interface EncryptingPacket {
  packets: { write(): Uint8Array };
  encrypt(cipher: number, key: Uint8Array, config: object): Promise<unknown>;
  write(): unknown;
}

const ENCRYPTED_DATA = SymEncryptedIntegrityProtectedDataPacket as unknown as {
  fromObject(fields: { version: 1; aeadAlgorithm: null }): EncryptingPacket;
};

/** The packet that holds the message; the packets in it are given as octets, so that nothing parses them again. */
async function encryptedData(plain: Buffer, sessionKey: SessionKey): Promise<Buffer> {
  const cipher = numberOf(enums.symmetric, sessionKey.algorithm) as number;
  const aead = numberOf(enums.aead, sessionKey.aeadAlgorithm);
  if (aead !== null) return packet(TAG.seipd, ...encryptAead(plain, cipher, aead, sessionKey.data));
  const data = ENCRYPTED_DATA.fromObject({ version: 1, aeadAlgorithm: null });
  data.packets = { write: () => plainOctets(plain) };
  await data.encrypt(cipher, sessionKey.data, config);
  return packet(TAG.seipd, await allOctets(data.write()));
}

/** The number behind one of openpgp.js's names. */
const numberOf = (table: object, name: string | undefined): number | null =>
  name === undefined ? null : ((table as Record<string, number>)[name] ?? null);

/** OCB is the one AEAD mode that every RFC 9580 program has (§9.6). */
const CONFIG = {
  preferredSymmetricAlgorithm: enums.symmetric.aes256,
  preferredAEADAlgorithm: enums.aead.ocb,
} as const;

async function encryptionKey(publicKey: Uint8Array, date: Date): Promise<{ key: Key; algorithm: string }> {
  const key = await parsedKey(publicKey);
  try {
    const chosen = await key.getEncryptionKey(undefined, date);
    return { key, algorithm: publicKeyName(chosen.getAlgorithmInfo()).name };
  } catch (error) {
    throw new OpenPgpError('recipient-key-unusable', `${key.getFingerprint()}: ${(error as Error).message}`);
  }
}
