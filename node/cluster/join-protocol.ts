/**
 * What a joiner and the gateway that admits it say to each other: `POST /join`, JSON both ways.
 *
 * The answer is a list of certificates and members; nothing in it is secret. The cluster key comes by the vault, sealed
 * to the joiner's node key.
 */
import { z } from 'zod';
import { knownMember, nodeAuthorities, someAuthorities } from './cluster-file.ts';
import type { ByCertificate } from './node-certificates.ts';

export const JOIN_BODY_BYTES_MAX = 64 * 1024; // Five public keys and some names.

const base64url = z.string().regex(/^[A-Za-z0-9_-]{1,4000}$/);
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
const url = z.string().regex(/^https:\/\/[^\s/]+:\d{1,5}$/);
const byCertificate = z.strictObject({
  gateway: base64url.optional(),
  'etcd-server': base64url.optional(),
  'etcd-peer': base64url.optional(),
  'etcd-client': base64url.optional(),
});

export const joinRequestSchema = z.strictObject({
  v: z.literal(1),
  tokenId: z.string().regex(/^[0-9a-f]{16}$/),
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** A witness says so itself: it has no process for other gateways. */
  witness: z.boolean(),
  node: z.string().regex(/^[a-z0-9-]{3,80}$/),
  name,
  version: z.string().regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/),
  atMs: z.number().int(),
  publicKey: base64url,
  /** Empty for a witness, which gets no key of the cluster. */
  nodeKey: base64url.or(z.literal('')),
  /** SubjectPublicKeyInfo, DER. */
  publicKeys: byCertificate,
  site: z.string().max(63),
  peerAddress: z
    .string()
    .regex(/^[^\s/]+:\d{1,5}$/)
    .or(z.literal('')),
  etcdClient: url,
  etcdPeer: url,
  /** What its settings say of the database. */
  engine: z.enum(['own', 'external']).default('own'),
  /** The newest format of the log that it reads. */
  reads: z.number().int().positive().default(1),
});
export type JoinRequest = z.infer<typeof joinRequestSchema>;

export const joinAnswerSchema = z.strictObject({
  v: z.literal(1),
  clusterId: z.uuid(),
  generation: z.number().int().positive(),
  founder: z.strictObject({ node: z.string(), publicKey: base64url }),
  /** Decimal position of the admission. */
  admittedAt: z.string().regex(/^\d{1,20}$/),
  role: z.enum(['voter', 'gateway', 'standby', 'witness']),
  engine: z.enum(['own', 'external']).default('own'),
  authorities: nodeAuthorities,
  /** Trusted beside those, while they are renewed. */
  alsoTrusted: someAuthorities.default({}),
  certificates: byCertificate,
  /** For a witness: members of the engine now, as the engine's own list says. */
  engineMembers: z
    .array(z.strictObject({ name: z.string(), peerUrl: url, learner: z.boolean() }))
    .default([]),
  members: z.array(knownMember),
});
export type JoinAnswer = z.infer<typeof joinAnswerSchema>;

/** Why a gateway is not admitted; the joiner turns it into a sentence with what to do. */
export const JOIN_REFUSALS = [
  'wrong-token',
  'expired-token',
  'used-token',
  'name-taken',
  'removed-member',
  'two-voters',
  'even-voters',
  'too-many-voters',
  'no-standby-needed',
  'external-engine',
  'other-engine',
  'clock',
  'older-version',
  'newer-version',
  'not-a-voter',
  'busy',
  'no-quorum',
  'malformed',
] as const;
export type JoinRefusal = (typeof JOIN_REFUSALS)[number];

export const joinRefusalSchema = z.object({ refusal: z.enum(JOIN_REFUSALS), detail: z.string() });

export function toText(parts: ByCertificate): z.infer<typeof byCertificate> {
  return Object.fromEntries(
    Object.entries(parts).map(([part, der]) => [part, Buffer.from(der).toString('base64url')]),
  );
}

export function fromText(parts: z.infer<typeof byCertificate>): ByCertificate {
  return Object.fromEntries(
    Object.entries(parts).map(([part, text]) => [part, Buffer.from(text ?? '', 'base64url')]),
  );
}
