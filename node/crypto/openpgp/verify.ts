/**
 * Judges one OpenPGP signature: is it mathematically right, by a key that was allowed to sign then and is good now?
 *
 * Not judged here, since it needs the mail: whether the signer's address is the From address, and whether the signature
 * covers the whole message (threats 6, 8). More than one signature is never valid (threat 7). Only what the library
 * verified is reported, never its texts (threat 9).
 */
import { createMessage, enums, type Key, LiteralDataPacket, PacketList, SignaturePacket } from 'openpgp';
import type { LayerReport, SignatureProblem, SignerIdentity } from '#domain/mail/verdict.ts';
import { hashName, hashStrength, publicKeyName, READING } from './algorithms.ts';
import { isArmoured, readArmour } from './armour.ts';
import { OpenPgpError } from './openpgp-error.ts';
import { plainOctets } from './packet-list.ts';
import { CLOCK_SKEW_MS, judgedAt, parsedKey } from './parsed-keys.ts';
import { boundUserIds } from './user-ids.ts';

export interface VerificationKey {
  readonly publicKey: Uint8Array;
  /** Trusted by an operator, or our own. */
  readonly trusted: boolean;
}

/** Keys that may have made a signature. `keyIds`: key ids (16 hex digits) and fingerprints, lower case. */
export type FindSigners = (keyIds: readonly string[]) => Promise<readonly VerificationKey[]>;

type SignedReport = Extract<LayerReport, { kind: 'signed' }>;

const SIGNATURE_BYTES_MAX = 256 * 1024; // A signature packet has below 2 KB; a flood of them is none.

interface DetachedVerification {
  /** The signed octets, as they stand in the mail. */
  readonly content: Uint8Array;
  /** Armoured or binary. */
  readonly signature: Uint8Array;
  readonly findSigners: FindSigners;
  readonly atMs: number;
  /** The caller's knowledge: nothing of the message stands outside. */
  readonly whole: boolean;
}

/** Never throws for what the mail brings: the report says what is wrong with it. */
export async function verifyDetached(request: DetachedVerification): Promise<SignedReport> {
  const { whole } = request;
  const signatures = await signaturesIn(request.signature);
  if (signatures === 'malformed') return notVerified('malformed', whole);
  return judge({ ...request, signatures, literal: await literalOf(request.content), detached: true });
}

async function signaturesIn(signature: Uint8Array): Promise<PacketList<SignaturePacket> | 'malformed'> {
  if (signature.length > SIGNATURE_BYTES_MAX) return 'malformed';
  try {
    const binary = isArmoured(signature)
      ? readArmour(signature).find((b) => b.type === 'SIGNATURE')?.binary
      : signature;
    if (!binary) return 'malformed';
    const allowed = { [SignaturePacket.tag]: SignaturePacket } as unknown as Map<enums.packet, object>;
    return (await PacketList.fromBinary(Uint8Array.from(binary), allowed)) as PacketList<SignaturePacket>;
  } catch {
    return 'malformed';
  }
}

async function literalOf(content: Uint8Array): Promise<LiteralDataPacket> {
  const { packets } = await createMessage({ binary: plainOctets(content) });
  return packets.find((packet) => packet instanceof LiteralDataPacket) as LiteralDataPacket;
}

export interface Judgement {
  /** Signature packets; what the library could not read is there as another class. */
  readonly signatures: readonly unknown[];
  readonly literal: LiteralDataPacket;
  readonly detached: boolean;
  readonly findSigners: FindSigners;
  readonly atMs: number;
  readonly whole: boolean;
}

export async function judge(request: Judgement): Promise<SignedReport> {
  const { signatures, whole } = request;
  const [signature] = signatures;
  if (signatures.length === 0) return notVerified('no-signer', whole);
  if (signatures.length > 1) return notVerified('several-signers', whole);
  if (!(signature instanceof SignaturePacket)) return notVerified('unsupported', whole); // Version 3, unknown algorithms
  if (!isMessageSignature(signature)) return notVerified('malformed', whole);
  const found = await keyOf(signature, request.findSigners);
  const algorithms = namesOf(signature, found?.packet.getAlgorithmInfo() ?? null);
  if (!found) return { ...notVerified('signer-key-unknown', whole), ...algorithms };
  const problem =
    (await mathematicalProblem(signature, found, request)) ??
    (await keyProblem(signature, found.key, request.atMs)) ??
    (hashStrength(signature.hashAlgorithm as number) === 'weak' ? 'weak-algorithm' : null) ??
    (found.trusted ? null : 'not-trusted');
  const signer = await identityOf(found.key, signature, request.atMs);
  const report = { kind: 'signed', technology: 'openpgp', ...algorithms, signer, whole } as const;
  return problem === null
    ? { ...report, outcome: 'valid' }
    : { ...report, outcome: 'not-verified', problem, signer: problem === 'bytes-altered' ? null : signer };
}

function notVerified(problem: SignatureProblem, whole: boolean): SignedReport {
  return {
    kind: 'signed',
    technology: 'openpgp',
    algorithms: [],
    weak: [],
    outcome: 'not-verified',
    problem,
    signer: null,
    whole,
  };
}

const isMessageSignature = (signature: SignaturePacket): boolean =>
  signature.signatureType === enums.signature.binary || signature.signatureType === enums.signature.text;

interface FoundKey {
  readonly key: Key;
  readonly packet: Key['keyPacket'];
  readonly trusted: boolean;
}

async function keyOf(signature: SignaturePacket, findSigners: FindSigners): Promise<FoundKey | null> {
  const keyId = signature.issuerKeyID.toHex();
  const fingerprint = signature.issuerFingerprint
    ? Buffer.from(signature.issuerFingerprint).toString('hex')
    : null;
  const candidates = await findSigners(fingerprint === null ? [keyId] : [keyId, fingerprint]);
  for (const { publicKey, trusted } of candidates) {
    const key = await parsedKey(publicKey).catch((error: Error) => {
      if (error instanceof OpenPgpError) return null; // A key that cannot be read did not sign.
      throw error;
    });
    for (const part of key?.getKeys(signature.issuerKeyID) ?? []) {
      if (key && (fingerprint === null || part.getFingerprint() === fingerprint)) {
        return { key, packet: part.keyPacket as Key['keyPacket'], trusted };
      }
    }
  }
  return null;
}

function namesOf(
  signature: SignaturePacket,
  info: Parameters<typeof publicKeyName>[0] | null,
): Pick<SignedReport, 'algorithms' | 'weak'> {
  const hash = signature.hashAlgorithm as number;
  const key = info ? publicKeyName(info) : null;
  const names = [...(key ? [key] : []), { name: hashName(hash), weak: hashStrength(hash) !== 'strong' }];
  return {
    algorithms: names.map(({ name }) => name),
    weak: names.filter(({ weak }) => weak).map(({ name }) => name),
  };
}

/** Forbidden hashes are not even computed. */
async function mathematicalProblem(
  signature: SignaturePacket,
  { packet }: FoundKey,
  { literal, detached }: Judgement,
): Promise<SignatureProblem | null> {
  if (hashStrength(signature.hashAlgorithm as number) === 'forbidden') return 'forbidden-algorithm';
  const { algorithm, bits = 0 } = packet.getAlgorithmInfo();
  if (algorithm.startsWith('rsa') && (bits < READING.minRSABits || bits > RSA_BITS_MAX))
    return 'forbidden-algorithm';
  try {
    // Without a date: times are judged below, each with its own word.
    const noDate = null as unknown as undefined;
    await signature.verify(
      packet,
      signature.signatureType as enums.signature,
      literal,
      noDate,
      detached,
      READING,
    );
    return null;
  } catch (error) {
    return /critical|not support/i.test((error as Error).message) ? 'unsupported' : 'bytes-altered';
  }
}

const RSA_BITS_MAX = 8192; // Verification of larger ones takes milliseconds to seconds: a lever for whoever sends them.

/** Was the key allowed to sign when it says it did, and is it not revoked now? */
async function keyProblem(
  signature: SignaturePacket,
  key: Key,
  atMs: number,
): Promise<SignatureProblem | null> {
  const created = signature.created as Date;
  if (created.getTime() > atMs + CLOCK_SKEW_MS) return 'malformed';
  const expiry = signature.getExpirationTime();
  if (expiry instanceof Date && expiry.getTime() <= atMs) return 'expired';
  if (await key.isRevoked(undefined, undefined, judgedAt(atMs), READING)) return 'revoked';
  const signs = (date: Date): Promise<unknown> =>
    key.getSigningKey(signature.issuerKeyID, date, undefined, READING);
  try {
    await signs(created);
    return null;
  } catch (error) {
    const text = (error as Error).message;
    if (/revoked/.test(text)) return 'revoked';
    // A key whose self-signature was renewed says nothing of the time before; what it says now counts then.
    const wasThere = created.getTime() >= key.getCreationTime().getTime();
    const holdsNow = wasThere && (await signs(judgedAt(atMs)).then(Boolean, () => false));
    return holdsNow ? null : /expired/.test(text) ? 'expired' : 'wrong-usage';
  }
}

async function identityOf(key: Key, signature: SignaturePacket, atMs: number): Promise<SignerIdentity> {
  const { userIds, addresses } = await boundUserIds(key, atMs);
  return {
    name: userIds[0] ?? '',
    addresses,
    fingerprint: key.getFingerprint(),
    issuer: null,
    claimedAtMs: signature.created?.getTime() ?? null,
  };
}
