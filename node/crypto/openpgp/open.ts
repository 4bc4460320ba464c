/**
 * Opens an OpenPGP message: session key by the `keys` process, decryption here, then the signature inside.
 *
 * Nothing is released that was not protected against modification (EFAIL, threat 1), nothing beyond the mail's budget
 * of decompression (threat 24), and only with the keys that the caller names (threat 3). For outsiders every failure is
 * the same; the reason in the report is for the trace. The whole message is in memory: at most MESSAGE_BYTES_MAX.
 */
import { type Key, LiteralDataPacket, type Message, OnePassSignaturePacket, readMessage } from 'openpgp';
import type { LayerReport } from '#domain/mail/verdict.ts';
import type { KeysPort, OpenPgpSessionKey } from '#node/keys/port.ts';
import { decryptAead, hasNativeAead } from './aead-data.ts';
import { cipherOfNumber, contentName, type NamedAlgorithm, publicKeyName } from './algorithms.ts';
import { isArmoured, readArmour } from './armour.ts';
import {
  CompressedOctets,
  type DecompressionBudget,
  OPENING,
  packetsInside,
  unpacked,
} from './compressed.ts';
import { MESSAGE_BYTES_MAX } from './encrypt.ts';
import { type EncryptedParts, encryptedParts } from './encrypted-parts.ts';
import { OpenPgpError } from './openpgp-error.ts';
import { allPackets, plainOctets } from './packet-list.ts';
import { bodyOf, TAG } from './packets.ts';
import { parsedKey } from './parsed-keys.ts';
import { type FindSigners, judge } from './verify.ts';

export type { DecompressionBudget } from './compressed.ts';

export interface OwnKey {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
}

export interface OpenRequest {
  /** Armoured or binary. */
  readonly message: Uint8Array;
  /** Keys of the recipient this is opened for, and of no one else. */
  readonly ownKeys: readonly OwnKey[];
  readonly keys: Pick<KeysPort, 'openPgpSessionKey'>;
  readonly findSigners: FindSigners;
  readonly budget: DecompressionBudget;
  readonly atMs: number;
}

export type Opening =
  | { readonly kind: 'opened'; readonly content: Uint8Array; readonly layers: readonly LayerReport[] }
  | { readonly kind: 'not-opened'; readonly layers: readonly LayerReport[] };

type EncryptedReport = Extract<LayerReport, { kind: 'encrypted' }>;

/** Never throws for what the mail brings. Rejects with the `keys` process's error when that is not there. */
export async function openOpenPgp(request: OpenRequest): Promise<Opening> {
  let parts: EncryptedParts | null;
  let binary: Uint8Array;
  try {
    binary = binaryOf(request.message);
    parts = encryptedParts(binary);
  } catch (error) {
    if (!(error instanceof OpenPgpError)) throw error;
    return notOpened(failedReport(error.message));
  }
  if (parts === null) return openSigned(binary, request);
  if (parts.integrity === 'none') return notOpened(failedReport('no integrity protection'));
  const found = await sessionKeys(parts, request);
  if (found.candidates.length === 0) return notOpened(reportOf(parts, found.recipient, null, 'no-key'));
  for (const sessionKey of found.candidates) {
    const cipher = parts.cipher === null ? sessionKey.algorithm : cipherOfNumber(parts.cipher);
    const packets = await decrypted(binary, parts, { ...sessionKey, algorithm: cipher });
    if (packets) {
      return inside(packets, request, reportOf(parts, found.recipient, cipher, 'opened'));
    }
  }
  return notOpened({
    ...reportOf(parts, found.recipient, null, 'failed'),
    reason: 'damaged, or not for this key',
  });
}

function binaryOf(message: Uint8Array): Uint8Array {
  if (message.length > 2 * MESSAGE_BYTES_MAX) throw new OpenPgpError('too-large', 'too large for OpenPGP');
  if (!isArmoured(message)) return message;
  const blocks = readArmour(message);
  if (blocks.length !== 1 || blocks[0]?.type !== 'MESSAGE') {
    throw new OpenPgpError('malformed', 'not exactly one armoured message');
  }
  return blocks[0].binary;
}

interface FoundSessionKeys {
  readonly candidates: readonly OpenPgpSessionKey[];
  /** Algorithm of the key that the message is encrypted to, when it is ours. */
  readonly recipient: NamedAlgorithm | null;
}

async function sessionKeys(parts: EncryptedParts, request: OpenRequest): Promise<FoundSessionKeys> {
  const candidates: OpenPgpSessionKey[] = [];
  let recipient: NamedAlgorithm | null = null;
  for (const own of request.ownKeys) {
    const key = await parsedKey(own.publicKey);
    const addressed = parts.recipients.find(({ keyId }) => keyId !== null && hasKeyId(key, keyId));
    const anonymous = parts.recipients.some(({ keyId }) => keyId === null);
    if (!addressed && !anonymous) continue;
    const sessionKey = await request.keys.openPgpSessionKey({ keyId: own.keyId, pkesk: parts.pkesk });
    if (!sessionKey) continue;
    candidates.push(sessionKey);
    recipient ??= keyName(key, addressed?.keyId ?? null);
  }
  return { candidates, recipient };
}

const hasKeyId = (key: Key, keyId: string): boolean =>
  key.getKeys().some((part) => part.getKeyID().toHex() === keyId);

function keyName(key: Key, keyId: string | null): NamedAlgorithm | null {
  const part = key.getKeys().find((p) => p.getKeyID().toHex() === keyId) ?? key.subkeys[0];
  return part ? publicKeyName(part.getAlgorithmInfo()) : null;
}

/** Null when it does not decrypt; the failure's kind is not told, not even here. */
async function decrypted(
  binary: Uint8Array,
  parts: EncryptedParts,
  sessionKey: OpenPgpSessionKey,
): Promise<unknown[] | null> {
  try {
    if (parts.data.tag === TAG.seipd && hasNativeAead(parts.cipher ?? 0, parts.aead ?? 0)) {
      return await packetsInside(decryptAead(bodyOf(binary, parts.data), sessionKey.key));
    }
    const message = await readMessage({ binaryMessage: plainOctets(binary), config: OPENING });
    const decrypt = message as unknown as DecryptingMessage;
    const key = { data: Uint8Array.from(sessionKey.key), algorithm: sessionKey.algorithm };
    return await packetsOfMessage(await decrypt.decrypt(undefined, undefined, [key], undefined, OPENING));
  } catch {
    return null;
  }
}

const packetsOfMessage = (message: Message<Uint8Array>): Promise<unknown[]> =>
  allPackets((message as unknown as { packets: unknown }).packets);

/** Message.decrypt of openpgp.js, which its declarations leave out. */
interface DecryptingMessage {
  decrypt(
    decryptionKeys: undefined,
    passwords: undefined,
    sessionKeys: readonly { data: Uint8Array; algorithm: string | null }[],
    date: undefined,
    config: object,
  ): Promise<Message<Uint8Array>>;
}

/** A message that is only signed, or only packed. */
async function openSigned(binary: Uint8Array, request: OpenRequest): Promise<Opening> {
  let packets: unknown[];
  try {
    const message = await readMessage({ binaryMessage: plainOctets(binary), config: OPENING });
    packets = await packetsOfMessage(message);
  } catch (error) {
    return notOpened(failedReport((error as Error).message));
  }
  return inside(packets, request, null);
}

/** The literal data and the signature in an opened message. */
async function inside(
  outer: unknown[],
  request: OpenRequest,
  encrypted: EncryptedReport | null,
): Promise<Opening> {
  const layers: LayerReport[] = encrypted ? [encrypted] : [];
  const [first] = outer;
  const compressed = outer.length === 1 && first instanceof CompressedOctets;
  let packets = outer;
  try {
    if (compressed) packets = await unpacked(first, request.budget);
  } catch {
    return notOpened({ ...(encrypted ?? failedReport('')), outcome: 'failed', reason: 'malformed inside' });
  }
  if (compressed) layers.push({ kind: 'compressed', technology: 'openpgp' });
  const literals = packets.filter((packet) => packet instanceof LiteralDataPacket);
  const literal = literals[0];
  if (!literal || literals.length > 1) {
    return notOpened({
      ...(encrypted ?? failedReport('')),
      outcome: 'failed',
      reason: 'not exactly one literal',
    });
  }
  const content = (literal as unknown as { getBytes(): Uint8Array }).getBytes();
  const signatures = packets.filter(
    (packet) => !(packet instanceof LiteralDataPacket || packet instanceof OnePassSignaturePacket),
  );
  if (signatures.length > 0) {
    const { findSigners, atMs } = request;
    layers.push(await judge({ signatures, literal, detached: false, findSigners, atMs, whole: true }));
  }
  return { kind: 'opened', content, layers };
}

const notOpened = (report: LayerReport): Opening => ({ kind: 'not-opened', layers: [report] });

/** Of an encryption that nothing came out of. */
export function failedReport(reason: string): EncryptedReport {
  return {
    kind: 'encrypted',
    technology: 'openpgp',
    algorithms: [],
    weak: [],
    authenticated: false,
    outcome: 'failed',
    reason,
  };
}

function reportOf(
  parts: EncryptedParts,
  recipient: NamedAlgorithm | null,
  cipher: string | null,
  outcome: 'opened' | 'no-key' | 'failed',
): EncryptedReport {
  const names = [
    ...(cipher === null ? [] : [contentName(cipher, parts.aead)]),
    ...(recipient ? [recipient] : []),
  ];
  return {
    kind: 'encrypted',
    technology: 'openpgp',
    algorithms: names.map(({ name }) => name),
    weak: names.filter(({ weak }) => weak).map(({ name }) => name),
    authenticated: true,
    outcome,
  };
}
