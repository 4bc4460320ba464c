/**
 * `cluster/cluster.json`: that this gateway is a member of a cluster, who it is there, and how the others were reached
 * last. The log says the same; this is what a start needs before the log is open, and without a quorum.
 *
 * Written by `ledger` and, before there is one, by `sealgate cluster init` and `join`. Absent: a gateway on its own.
 */
import { z } from 'zod';
import type { Layout } from '#node/config/layout.ts';
import { readIfThere, writeDurable } from './durable-json.ts';

export const knownMember = z.strictObject({
  node: z.string(),
  name: z.string(),
  role: z.enum(['voter', 'gateway', 'standby', 'witness']),
  site: z.string(),
  peerAddress: z.string(),
  /** `https://host:port` of its etcd for clients and for other members, whether it votes now or not. */
  etcdClient: z.string(),
  etcdPeer: z.string(),
});

const nodeAuthority = z.strictObject({ series: z.number().int().positive(), certificate: z.string() });
export const nodeAuthorities = z.strictObject({
  gateway: nodeAuthority,
  peer: nodeAuthority,
  client: nodeAuthority,
});

export const someAuthorities = nodeAuthorities.partial();

const clusterFileSchema = z.strictObject({
  format: z.literal(1),
  clusterId: z.uuid(),
  generation: z.number().int().positive(),
  node: z.string(),
  /** `external`: an etcd of the operator's own (`cluster.external`); no gateway votes. */
  engine: z.enum(['own', 'external']).default('own'),
  /** Whose signature the log begins with (raw Ed25519, base64url): the anchor of the key ring. */
  founder: z.strictObject({ node: z.string(), publicKey: z.string() }),
  /** Decimal position of the event that admitted this gateway: nothing is served before the log has reached it. */
  admittedAt: z.string().regex(/^\d{1,20}$/),
  /** The engine of this generation is still to be filled with the head and the vault of this gateway. */
  forming: z.boolean(),
  members: z.array(knownMember),
  /** An operator asked for a new generation on this gateway; done when `generation` is this one and nothing is pending. */
  recovering: z
    .strictObject({
      generation: z.number().int().positive(),
      dead: z.array(z.string()),
      actor: z.string(),
      reason: z.string(),
    })
    .nullable()
    .default(null),
  /** The generation has begun here, and its event is still to be recorded. */
  pending: z
    .strictObject({ from: z.string(), atMs: z.number(), authorities: nodeAuthorities })
    .nullable()
    .default(null),
  /** An older history of this machine, set aside: whether it holds events that the log does not is still to be found. */
  aside: z
    .strictObject({ folder: z.string(), node: z.string(), generation: z.number().int().positive() })
    .nullable()
    .default(null),
  /** The data of the own engine member of the generation before, which could not be read to their end, and why not. */
  unread: z.strictObject({ folder: z.string(), reason: z.string() }).optional(),
  /** This gateway was removed; empty while it is a member, as far as is known here. */
  removed: z.string().default(''),
});

/** What a file of a new member says. */
export const NOTHING_PENDING = { recovering: null, pending: null, aside: null, removed: '' } as const;

export type KnownMember = z.infer<typeof knownMember>;
export type ClusterFile = z.infer<typeof clusterFileSchema>;

/** Null on a gateway of its own. Throws when it is there and cannot be read: never a reason to go on alone. */
export function readClusterFile({ clusterFile }: Pick<Layout, 'clusterFile'>): ClusterFile | null {
  const text = readIfThere(clusterFile);
  if (text === null) return null;
  try {
    return clusterFileSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${clusterFile} is damaged; restore it from a backup of this gateway`);
  }
}

export function writeClusterFile({ clusterFile }: Pick<Layout, 'clusterFile'>, content: ClusterFile): void {
  writeDurable(clusterFile, `${JSON.stringify(clusterFileSchema.parse(content), null, 2)}\n`);
}
