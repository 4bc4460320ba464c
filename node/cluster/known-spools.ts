/**
 * `cluster/spools.json`: who owned which spool when the quorum was seen last. A new generation begins with it, so that
 * nobody takes up again what another gateway has taken over. Epochs only grow.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { type KeyValueQuorum, prefixEnd } from '#consensus/key-value-quorum.ts';
import type { Layout } from '#node/config/layout.ts';
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import { octetsOf, SPOOL, type SpoolClaim, spoolOf } from '#node/ledger/member-keys.ts';
import { readIfThere, writeDurable } from './durable-json.ts';

const schema = z.record(z.string(), z.object({ epoch: z.number().int().positive(), owner: z.string() }));
type KnownSpools = z.infer<typeof schema>;

const pathOf = ({ cluster }: Pick<Layout, 'cluster'>): string => join(cluster, 'spools.json');

/** Empty when there is none, or it cannot be read: the first epochs then. */
function readKnown(layout: Pick<Layout, 'cluster'>): KnownSpools {
  const text = readIfThere(pathOf(layout));
  if (text === null) return {};
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Keeps what a view tells beyond what is known. */
export function keepSpools(
  layout: Pick<Layout, 'cluster'>,
  { members, former }: Pick<ClusterView, 'members' | 'former'>,
): void {
  const told = [...members, ...former].map(
    ({ node, spoolEpoch, spoolOwner }) => [node, { epoch: spoolEpoch, owner: spoolOwner }] as const,
  );
  keepClaims(layout, told);
}

function keepClaims(
  layout: Pick<Layout, 'cluster'>,
  claims: readonly (readonly [node: string, SpoolClaim])[],
): void {
  const known = readKnown(layout);
  const news = claims.filter(([node, { epoch }]) => epoch > (known[node]?.epoch ?? 1));
  if (news.length === 0) return;
  writeDurable(pathOf(layout), JSON.stringify({ ...known, ...Object.fromEntries(news) }));
}

/** Keeps what a quorum of the generation before holds beyond what is known: it may have gone on after the last view. */
export async function keepSpoolsOf(
  layout: Pick<Layout, 'cluster'>,
  quorum: Pick<KeyValueQuorum, 'range'>,
): Promise<void> {
  const { values } = await quorum.range({ key: SPOOL, end: prefixEnd(SPOOL) });
  const claims = values.flatMap((found) => {
    const claim = spoolOf(found);
    return claim ? [[found.key.slice(SPOOL.length), claim] as const] : [];
  });
  keepClaims(layout, claims);
}

/** Puts what is known into the quorum of a new generation, where nobody has claimed anything yet. */
export async function carrySpools(layout: Pick<Layout, 'cluster'>, quorum: KeyValueQuorum): Promise<void> {
  for (const [node, claim] of Object.entries(readKnown(layout))) {
    const key = SPOOL + node;
    await quorum.txn({
      compare: [{ key, createRevision: 0n }],
      success: [{ type: 'put', key, value: octetsOf(claim) }],
    });
  }
}
