/**
 * The log of a member of a cluster, as its file says it is:
 *
 *   removed ─────────────────────────────▶ frozen
 *   a new generation is asked for ───────▶ frozen, until it has begun here
 *   others know a newer generation ──────▶ adopted first; refused there: removed
 *   otherwise ───────────────────────────▶ run-member.ts
 */
import { adoptGeneration, moveLogAside } from '#node/cluster/adopt-generation.ts';
import { beginGeneration } from '#node/cluster/begin-generation.ts';
import type { RecoverRequest } from '#node/cluster/cluster-administration.ts';
import { ClusterError } from '#node/cluster/cluster-error.ts';
import { type ClusterFile, readClusterFile, writeClusterFile } from '#node/cluster/cluster-file.ts';
import { newerGeneration } from '#node/cluster/newer-generation.ts';
import { gatewayTls } from '#node/cluster/node-certificates.ts';
import { engineHasData } from '#node/cluster/own-engine.ts';
import { keysClient } from '#node/keys/client.ts';
import { type PeerClient, peerClient } from '#node/peer/peer-client.ts';
import type { ProcessContext } from '#node/process.ts';
import type { LedgerIdentity } from './identity.ts';
import type { ClusterKeyRing } from './key-ring.ts';
import { foldLog } from './member-log.ts';
import { type FrozenLedger, openFrozen } from './open-frozen.ts';
import type { OpenedLedger } from './opened-ledger.ts';
import { runMember } from './run-member.ts';

const AGAIN_MS = 5000; // What could not be done for a new generation is tried again.

export async function openMember(
  context: ProcessContext,
  identity: LedgerIdentity,
  file: ClusterFile,
  reopen: () => void,
): Promise<OpenedLedger> {
  const { layout, log: told } = context;
  moveLogAside(layout, file);
  const client = peersOf(context);
  const { ring, head } = await foldLog(layout.ledger, identity, file);
  if (file.removed !== '')
    return withClient(client, await openFrozen(context, identity, file, ring, ['fenced', file.removed]));
  if (file.recovering && file.generation < file.recovering.generation) {
    return openRecovering(context, identity, file, { ring, client, reopen });
  }
  const newer = file.pending ? null : await newerGeneration(client, file);
  if (!newer) return runMember({ context, identity, file, ring, client, reopen });
  told.warn({ newer: newer.generation, own: file.generation }, 'the cluster has begun a newer generation');
  const adopted = await adoptGeneration({ layout, client, head, file }, newer);
  if (adopted === 'removed') {
    const removed = `this gateway was removed with generation ${newer.generation} of the cluster; what it recorded since is kept here only`;
    writeClusterFile(layout, { ...file, removed });
    return withClient(client, await openFrozen(context, identity, file, ring, ['fenced', removed]));
  }
  if (adopted) {
    client.close();
    return openMember(context, identity, adopted, reopen);
  }
  const waiting = `generation ${newer.generation} of the cluster has begun; its gateways cannot take this one in yet`;
  const frozen = await openFrozen(context, identity, file, ring, ['fenced', waiting]);
  const again = setTimeout(reopen, AGAIN_MS);
  return withClient(client, {
    ...frozen,
    async close() {
      clearTimeout(again);
      await frozen.close();
    },
  });
}

/** By the file as it is now: members join while the log is open. */
function peersOf({ layout }: ProcessContext): PeerClient {
  const members = () => readClusterFile(layout)?.members ?? [];
  return peerClient({
    tls: () => gatewayTls(layout),
    addressOf: (node) => members().find((member) => member.node === node)?.peerAddress || null,
  });
}

function withClient(client: PeerClient, opened: OpenedLedger): OpenedLedger {
  return {
    ...opened,
    async close() {
      client.close();
      await opened.close();
    },
  };
}

/** Frozen, with the new generation under way behind it; opened anew when it has begun. */
async function openRecovering(
  context: ProcessContext,
  identity: LedgerIdentity,
  file: ClusterFile,
  { ring, client, reopen }: { ring: ClusterKeyRing; client: PeerClient; reopen: () => void },
): Promise<OpenedLedger> {
  const making = 'a new generation is being made';
  const frozen = await openFrozen(context, identity, file, ring, ['no-quorum', making]);
  const keys = keysClient(context.layout);
  const stop = new AbortController();
  // An attempt before a restart may have gone so far.
  const votes = file.members.some(({ node, role }) => node === file.node && role === 'voter');
  let isLate = votes && !engineHasData(context.layout, file.generation);
  const running = begin(frozen);

  function pointOfNoReturn(): void {
    if (stop.signal.aborted) throw new Error('it was called off');
    isLate = true;
  }

  async function callOff({ cancel }: RecoverRequest): Promise<void> {
    if (!cancel) throw new ClusterError('no-quorum', 'a new generation is being made');
    if (isLate) {
      throw new ClusterError(
        'refused',
        'It is too late: the old engine has been set aside, the new one is started.',
      );
    }
    stop.abort();
    writeClusterFile(context.layout, { ...file, recovering: null });
    reopen();
  }

  async function begin({ local, tell }: FrozenLedger): Promise<void> {
    const { settings, layout, log } = context;
    while (!stop.signal.aborted) {
      try {
        await beginGeneration({
          ...{ settings, layout, log, keys, client, local, ring, file, tell, pointOfNoReturn },
          signer: identity.signer,
        });
        reopen();
        return;
      } catch (error) {
        const problem = (error as Error).message;
        log.error({ problem }, 'the new generation has not begun yet');
        tell(`a new generation is being made; it is tried again: ${problem}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, AGAIN_MS);
        stop.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  return withClient(client, {
    ...frozen,
    administration: {
      ...frozen.administration,
      recover: callOff,
      details: async () => ({ ...(await frozen.administration.details()), mayCallOff: !isLate }),
    },
    async close() {
      stop.abort();
      keys.close();
      await running;
      await frozen.close();
    },
  });
}
