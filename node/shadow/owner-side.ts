/**
 * This gateway as the owner of its spool: copies of its mails elsewhere, and what it may deliver.
 */
import { join } from 'node:path';
import { ask, askInPieces } from './ask-gateway.ts';
import { shadowModeOf } from './buddy-choice.ts';
import { Drain } from './drain.ts';
import { dropMails } from './drop-mails.ts';
import { writeFence } from './fence-file.ts';
import { type HolderNews, holderNews } from './holder-news.ts';
import { MailRegistry } from './mail-registry.ts';
import { type Mirror, mirror } from './mirror.ts';
import { ownMails } from './own-mails.ts';
import { OwnSpool, type OwnSpoolPorts } from './own-spool.ts';
import { readOwnState, writeOwnState } from './own-state.ts';
import { Reconcile } from './reconcile.ts';
import type { SidePorts } from './shadow-ports.ts';
import {
  adoptedAnswerSchema,
  heldAnswerSchema,
  notClaimedAnswerSchema,
  takeAnswerSchema,
} from './shadow-protocol.ts';
import { writeSpoolPolicy } from './spool-policy.ts';
import { FENCE_MARGIN_MS } from './timing.ts';

export interface OwnerSide {
  readonly registry: MailRegistry;
  readonly news: HolderNews;
  readonly mirror: Mirror;
  readonly reconcile: Reconcile;
  readonly ownSpool: OwnSpool;
  readonly drain: Drain;
  /** Whether 250 waits for a copy; before anything is known it does. */
  readonly mode: () => 'require' | 'prefer' | 'off';
  /** Tells `receive` and `protect` how mails are named and copied. */
  readonly publishPolicy: () => void;
}

/** What the owner's side needs of the holder's. */
export type OfHolder = Pick<OwnSpoolPorts, 'takeOver' | 'keepFrom' | 'onDoubtful'>;

export function ownerSide(ports: SidePorts, ofHolder: OfHolder): OwnerSide {
  const { settings, layout, client, view, nowNs, log } = ports;
  const registry = new MailRegistry(nowNs);
  const epoch = (): number | null => ownSpool.epoch();
  const onDeposed = (now: number, owner: string): void => ownSpool.onDeposed(now, owner);
  const news = holderNews({ client, epoch, onDeposed });
  const mayHold = (node: string): boolean => ownSpool.mayHold(node);
  const mirroring = mirror({ client, view, epoch, nowNs, mayHold, discard: news.discard, onDeposed });
  const heldBy = async (node: string): Promise<string[] | null> => {
    const now = epoch();
    if (now === null) return null;
    return (await ask(client, node, 'held', { epoch: now }, heldAnswerSchema, onDeposed))?.ids ?? null;
  };
  const reconcile = new Reconcile({ layout, registry, mirror: mirroring, news, view, heldBy, nowNs, log });
  const mode = (): 'require' | 'prefer' | 'off' => {
    const known = view();
    return known === null ? 'require' : shadowModeOf(settings.spool.shadow, known);
  };
  let told = '';
  const publishPolicy = (): void => {
    const self = view()?.self;
    if (self === undefined) return;
    const naming = { node: self, epoch: ownSpool.namingEpoch() };
    const policy = { v: 1, ...naming, shadow: mode(), accepting: !drain.isDraining } as const;
    if (JSON.stringify(policy) === told) return;
    writeSpoolPolicy(layout.spoolPolicy, policy);
    told = JSON.stringify(policy);
  };
  const ownSpool = ownSpoolOf(ports, {
    news,
    registry,
    reconcile,
    mode,
    publishPolicy,
    onDeposed,
    ...ofHolder,
  });
  const drain = new Drain({
    layout,
    registry,
    news,
    askTake: (holder, ids) => askTake(ports, holder, epoch(), ids, onDeposed),
    letGo: (ids) => ownSpool.letGo(ids),
    hasBuddy: () => mirroring.hasBuddy(),
    copiesOff: () => mode() === 'off',
    nameOf: (node) => view()?.members.find((member) => member.node === node)?.name ?? node,
    onChange: publishPolicy,
    log,
  });
  return { registry, news, mirror: mirroring, reconcile, ownSpool, drain, mode, publishPolicy };
}

async function askTake(
  { client }: SidePorts,
  holder: string,
  epoch: number | null,
  ids: readonly string[],
  onDeposed: (epoch: number, owner: string) => void,
): Promise<readonly string[] | null> {
  if (epoch === null) return null;
  return (await ask(client, holder, 'take', { epoch, ids }, takeAnswerSchema, onDeposed))?.taken ?? null;
}

function ownSpoolOf(
  { settings, layout, client, cluster, nowNs, bootId, log }: SidePorts,
  parts: Pick<OwnerSide, 'news' | 'registry' | 'reconcile' | 'mode' | 'publishPolicy'> &
    OfHolder & {
      onDeposed: (epoch: number, owner: string) => void;
    },
): OwnSpool {
  const statePath = join(layout.shadow, 'own.json');
  const { leaseTtlMs } = settings.cluster;
  return new OwnSpool({
    cluster,
    registry: parts.registry,
    registryComplete: () => parts.reconcile.complete,
    untold: parts.news.untold,
    nowNs,
    nowMs: Date.now,
    leaseTtlMs,
    // A third of a short lease, or nothing would be left of it between two renewals.
    marginMs: Math.min(FENCE_MARGIN_MS, Math.floor(leaseTtlMs / 3)),
    graceMs: settings.spool.selfFenceGraceMs,
    load: () => readOwnState(statePath),
    save: (state) => writeOwnState(statePath, state),
    publishFence: (fence) => writeFence(layout.sendFence, bootId, fence),
    askPromise: async (node, epoch, forMs) => {
      const question = { epoch, forMs };
      const answer = await ask(
        client,
        node,
        'not-claimed',
        question,
        notClaimedAnswerSchema,
        parts.onDeposed,
      );
      return answer?.promised ?? null;
    },
    async askAdopted(node, since, epoch, ids) {
      const answers = await askInPieces(ids, async (piece) => {
        const answer = await ask(client, node, 'adopted', { since, epoch, ids: piece }, adoptedAnswerSchema);
        return answer && [answer];
      });
      if (answers === null) return null;
      const claimants = [...new Set(answers.flatMap((answer) => answer.claimants))];
      return { ids: answers.flatMap((answer) => answer.ids), claimants };
    },
    mailsOnDisk: async () => {
      const { live, kept } = await ownMails(layout);
      return [...new Set([...live, ...kept])];
    },
    dropMails: async (ids) => dropMails(layout, new Set(ids), 'cluster', Date.now()),
    takeOver: parts.takeOver,
    keepFrom: parts.keepFrom,
    onDoubtful: parts.onDoubtful,
    onReturned: () => parts.reconcile.begin(),
    copiesOff: () => parts.mode() === 'off',
    onEpoch: parts.publishPolicy,
    log,
  });
}
