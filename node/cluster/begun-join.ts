/** What a join that was begun has noted in the data folder, so that it goes on where it broke off. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Layout } from '#node/config/layout.ts';
import { readClusterFile } from './cluster-file.ts';
import { readIfThere } from './durable-json.ts';

/** What was begun: the name and keys that the cluster may know already. */
export const begunSchema = z.strictObject({
  format: z.literal(1),
  tokenId: z.string(),
  node: z.string(),
  /** PKCS#8 PEM, Ed25519: becomes the key that signs this gateway's events. */
  signingKey: z.string(),
  /** Where the old log goes, told before it is moved. */
  movedTo: z.string().nullable(),
  /** Which member this machine was before, and was removed. */
  former: z.strictObject({ clusterId: z.string(), node: z.string(), generation: z.number() }).nullable(),
});
export type Begun = z.infer<typeof begunSchema>;

export const joiningFolder = ({ cluster }: Layout): string => join(cluster, 'joining');
export const begunFile = (layout: Layout): string => join(joiningFolder(layout), 'joining.json');

/** A join that broke off after the old log was moved: a start must not begin another log in its place. */
export function brokenJoin(layout: Layout): boolean {
  const text = readIfThere(begunFile(layout));
  const begun = text === null ? null : begunSchema.safeParse(JSON.parse(text));
  return begun?.success === true && begun.data.movedTo !== null && readClusterFile(layout) === null;
}
