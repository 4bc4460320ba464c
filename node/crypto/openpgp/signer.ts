/**
 * Makes signature packets whose value comes from the `keys` process: the private key never leaves it.
 *
 * RFC 9580 §5.2 (signature), §5.4 (one-pass signature), §5.9 (literal data). Version 4 for version 4 keys, version 6
 * (salted) for version 6 keys.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type AnyKeyPacket, enums } from 'openpgp';
import type { HashName, KeysPort } from '#node/keys/port.ts';
import { OpenPgpError } from './openpgp-error.ts';
import { packet, TAG } from './packets.ts';
import { parsedKey } from './parsed-keys.ts';

/** One of our keys, and the way to its private part. */
export interface OpenPgpSigner {
  readonly keyId: string;
  /** Binary transferable public key. */
  readonly publicKey: Uint8Array;
  readonly keys: Pick<KeysPort, 'openPgpSign'>;
}

/** Larger data is hashed here, so that only its digest goes through the socket. */
const THROUGH_SOCKET_MAX = 256 * 1024;
/** ECDSA in the `keys` process hashes by itself; a frame of the socket carries 64 MiB. */
const ECDSA_BYTES_MAX = 60 * 1024 * 1024;

const HASHES = {
  sha256: { id: enums.hash.sha256, saltBytes: 16 },
  sha384: { id: enums.hash.sha384, saltBytes: 24 },
  sha512: { id: enums.hash.sha512, saltBytes: 32 },
} as const;
type SigningHash = keyof typeof HASHES;

/** RFC 9580 §5.2.1: over the octets as they are, or over text with its lines ended by CRLF. */
type SignatureKind = 'binary' | 'text';
const KINDS: Readonly<Record<SignatureKind, number>> = { binary: 0x00, text: 0x01 };

/** A signing key chosen for one signature. */
interface ChosenSigner {
  readonly signer: OpenPgpSigner;
  readonly packet: AnyKeyPacket;
  readonly hash: SigningHash;
  readonly atMs: number;
}

/**
 * The valid signing key or subkey of our key at that time; `signing-key-unusable` when there is none. A key made at the
 * first need is younger than the mail that needs it: its own time counts then.
 */
export async function chooseSigner(signer: OpenPgpSigner, atMs: number): Promise<ChosenSigner> {
  const key = await parsedKey(signer.publicKey);
  try {
    const signAtMs = Math.max(atMs, ...key.getKeys().map((part) => part.getCreationTime().getTime()));
    const { keyPacket } = await key.getSigningKey(undefined, new Date(signAtMs));
    return { signer, packet: keyPacket, hash: hashFor(keyPacket), atMs: signAtMs };
  } catch (error) {
    throw new OpenPgpError('signing-key-unusable', (error as Error).message);
  }
}

/** As strong as the key (RFC 9580 §5.2.3.3 ff.); SHA-256 is what every program reads. */
function hashFor(key: AnyKeyPacket): SigningHash {
  const { algorithm, curve } = key.getAlgorithmInfo();
  if (algorithm === 'ed448') return 'sha512';
  if (curve === 'nistP384' || curve === 'brainpoolP384r1') return 'sha384';
  if (curve === 'nistP521' || curve === 'brainpoolP512r1') return 'sha512';
  return 'sha256';
}

interface MadeSignature {
  /** The signature packet, with its header. */
  readonly packet: Buffer;
  /** Version 6 only. */
  readonly salt: Buffer;
}

/** Signs `data`, for `text` already with CRLF line ends. */
export async function makeSignature(
  { signer, packet: key, hash, atMs }: ChosenSigner,
  kind: SignatureKind,
  data: Uint8Array,
): Promise<MadeSignature> {
  const isEcdsa = key.algorithm === enums.publicKey.ecdsa;
  if (isEcdsa && data.length > ECDSA_BYTES_MAX) throw new OpenPgpError('too-large', 'too large for ECDSA');
  const v6 = key.version === 6;
  const salt = v6 ? randomBytes(HASHES[hash].saltBytes) : Buffer.alloc(0);
  const hashed = hashedFields(key, kind, hash, atMs);
  const trailer = Buffer.alloc(6); // RFC 9580 §5.2.4
  trailer[0] = key.version;
  trailer[1] = 0xff;
  trailer.writeUInt32BE(hashed.length, 2);
  const parts = [salt, data, hashed, trailer];
  const digest = parts.reduce((h, part) => h.update(part), createHash(hash)).digest();
  const prehashed = data.length > THROUGH_SOCKET_MAX && !isEcdsa;
  const value = await signer.keys.openPgpSign({
    keyId: signer.keyId,
    fingerprint: key.getFingerprint(),
    hash: hash satisfies HashName,
    input: prehashed ? digest : Buffer.concat(parts),
    prehashed,
  });
  const unhashed = v6 ? Buffer.alloc(4) : area(4, subpacket(16, Buffer.from(key.getKeyID().toHex(), 'hex')));
  const saltField = v6 ? Buffer.concat([Buffer.from([salt.length]), salt]) : salt;
  return { packet: packet(TAG.signature, hashed, unhashed, digest.subarray(0, 2), saltField, value), salt };
}

/** RFC 9580 §5.2.3: version, type, algorithms, hashed subpackets (creation time, issuer fingerprint). */
function hashedFields(key: AnyKeyPacket, kind: SignatureKind, hash: SigningHash, atMs: number): Buffer {
  const created = Buffer.alloc(4);
  created.writeUInt32BE(Math.floor(atMs / 1000));
  const fingerprint = Buffer.concat([Buffer.from([key.version]), Buffer.from(key.getFingerprint(), 'hex')]);
  return Buffer.concat([
    Buffer.from([key.version, KINDS[kind], key.algorithm, HASHES[hash].id]),
    // Critical only where every program knows the subpacket: GnuPG 1 rejects the whole signature otherwise.
    area(key.version, subpacket(2 | 0x80, created), subpacket(33, fingerprint)),
  ]);
}

/** A subpacket area with its length in two octets, four in version 6. */
function area(version: number, ...subpackets: Buffer[]): Buffer {
  const content = Buffer.concat(subpackets);
  const length = Buffer.alloc(version === 6 ? 4 : 2);
  length.writeUIntBE(content.length, 0, length.length);
  return Buffer.concat([length, content]);
}

/** All of ours are shorter than 192 octets. */
const subpacket = (type: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([body.length + 1, type]), body]);

/** One-pass signature, literal data, signature: a signed message (RFC 9580 §10.3). */
export async function signedMessage(chosen: ChosenSigner, content: Uint8Array): Promise<Buffer> {
  const { packet: signature, salt } = await makeSignature(chosen, 'binary', content);
  const key = chosen.packet;
  const head = [KINDS.binary, HASHES[chosen.hash].id, key.algorithm];
  const onePass =
    key.version === 6
      ? packet(
          TAG.onePassSignature,
          Buffer.from([6, ...head, salt.length]),
          salt,
          Buffer.from(key.getFingerprint(), 'hex'),
          Buffer.from([1]),
        )
      : packet(
          TAG.onePassSignature,
          Buffer.from([3, ...head]),
          Buffer.from(key.getKeyID().toHex(), 'hex'),
          Buffer.from([1]),
        );
  return Buffer.concat([onePass, literalPacket(content), signature]);
}

/** Binary, without a file name and without a date: both would stand outside the signature (RFC 9580 §5.9). */
export function literalPacket(content: Uint8Array): Buffer {
  return packet(TAG.literal, Buffer.from([0x62, 0, 0, 0, 0, 0]), content);
}
