/**
 * A head that a gateway has signed: stored as a checkpoint, or given with an export to say where the log ended.
 *
 * The signed octets are lines of text, so that another program can check them: purpose and format, cluster, generation,
 * position, hash, time, node. No field can hold a line feed. The purpose keeps one kind from passing for the other.
 */
import type { Head } from './event-log.ts';
import { type KeyRing, messageSignatureHolds, type Signer } from './signing.ts';

export type HeadPurpose = 'checkpoint' | 'export';

export interface SignedHead extends Head {
  readonly purpose: HeadPurpose;
  readonly clusterId: string;
  readonly atMs: number;
  readonly node: string;
  /** Ed25519 over the lines. */
  readonly signature: Uint8Array;
}

type Unsigned = Omit<SignedHead, 'signature'>;

export function signHead(
  purpose: HeadPurpose,
  head: Head,
  context: { clusterId: string; atMs: number; signer: Signer },
): SignedHead {
  const { position, hash, generation } = head;
  const { clusterId, atMs, signer } = context;
  const unsigned = { purpose, clusterId, generation, position, hash, atMs, node: signer.node };
  return { ...unsigned, signature: signer.sign(Buffer.from(linesOf(unsigned))) };
}

export function signedHeadHolds(signed: SignedHead, keys: KeyRing): boolean {
  return messageSignatureHolds(signed.node, Buffer.from(linesOf(signed)), signed.signature, keys);
}

function linesOf(head: Unsigned): string {
  const fields = [
    `sealgate ${head.purpose} 1`,
    head.clusterId,
    head.generation,
    head.position,
    Buffer.from(head.hash).toString('hex'),
    head.atMs,
    head.node,
  ];
  if (fields.some((field) => String(field).includes('\n')))
    throw new TypeError('a line feed in a signed head');
  return `${fields.join('\n')}\n`;
}

/** As it is stored: the lines, then the signature in base64url. */
export function encodeSignedHead(signed: SignedHead): Buffer {
  return Buffer.from(`${linesOf(signed)}${Buffer.from(signed.signature).toString('base64url')}\n`);
}

/** Null when it is not one. */
export function decodeSignedHead(octets: Uint8Array): SignedHead | null {
  const parts = Buffer.from(octets).toString('utf8').split('\n');
  const [title, clusterId, generation, position, hash, atMs, node, signature, rest] = parts;
  const purpose = /^sealgate (checkpoint|export) 1$/.exec(title ?? '')?.[1] as HeadPurpose | undefined;
  if (!purpose || rest !== '' || parts.length !== 9 || !/^\d{1,20}$/.test(position!)) return null;
  return {
    purpose,
    clusterId: clusterId!,
    generation: Number(generation),
    position: BigInt(position!),
    hash: Buffer.from(hash!, 'hex'),
    atMs: Number(atMs),
    node: node!,
    signature: Buffer.from(signature!, 'base64url'),
  };
}
