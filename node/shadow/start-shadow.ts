/**
 * The replicated spool within the process `peer`: copies of accepted mails on other gateways, and theirs here.
 *
 * What it tells: `spool/shadow.json` to `receive` and `protect`, `spool/fence.json` to `send`, counts to who asks. What it
 * is told: news over two sockets (mail-news.ts), requests of other gateways by its routes.
 */
import { mkdirSync } from 'node:fs';
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import type { PeerRoute } from '#node/peer/peer-route.ts';
import { copyReach } from './copy-reach.ts';
import { type ShadowCounts, writeCounts } from './counts-file.ts';
import { drainRoutes } from './drain-routes.ts';
import { bootId } from './fence-file.ts';
import { holderSide } from './holder-side.ts';
import { lostHolders } from './lost-holders.ts';
import { serveMailNews } from './mail-news.ts';
import { ownerSide } from './owner-side.ts';
import type { ShadowPorts, SidePorts } from './shadow-ports.ts';

const TICK_MS = 250;

export interface Shadow {
  readonly routes: readonly PeerRoute[];
  counts(): ShadowCounts;
  stop(): Promise<void>;
}

export async function startShadow(ports: ShadowPorts): Promise<Shadow> {
  const { layout, log, cluster } = ports;
  mkdirSync(layout.shadow, { recursive: true, mode: 0o700 });
  let view: ClusterView | null = null;
  let adopted = 0;
  let possibleDoubles = 0;
  const side: SidePorts = {
    ...ports,
    view: () => view,
    nowNs: () => process.hrtime.bigint(),
    bootId: bootId(),
  };
  const holder = holderSide(side, (ids) => {
    adopted += ids.length;
    for (const id of ids) owner.registry.note(id, null);
  });
  const onDoubtful = (count: number): void => {
    possibleDoubles += count;
  };
  const owner = ownerSide(side, {
    takeOver: (node) => holder.takeover.takeOver(node),
    async keepFrom(node, ids) {
      const stand = holder.takeover.standOf(node);
      if (stand?.owner === view?.self)
        await holder.notesOf(node).noteAdopted(ids, stand?.epoch ?? 0, view?.self ?? '');
    },
    onDoubtful,
  });
  const { registry, ownSpool, reconcile, drain } = owner;
  const reach = copyReach(side);
  const lost = lostHolders(side.nowNs, (node) => reconcile.holderLost(node));
  const servers = await serveMailNews({
    ...owner,
    layout,
    log,
    isRequired: () => owner.mode() === 'require',
    onDoubtful,
  });
  const following = cluster.follow((now) => {
    view = now;
    ownSpool.onView(now);
    owner.publishPolicy();
    void holder.takeover.look(now);
  });
  const counts = (): ShadowCounts => ({
    ...registry.counts(),
    held: holder.store.count,
    adopted,
    possibleDoubles,
    returning: ownSpool.isReturning,
    leaving: drain.isDraining,
    refusing: owner.mode() === 'require' && reach.nobody,
  });
  let told = '';
  const tellCounts = (): void => {
    const text = JSON.stringify(counts());
    if (text === told) return;
    writeCounts(layout.shadowCounts, counts());
    told = text;
  };
  const ticks = again(async () => {
    await ownSpool.tick();
    await drain.tick().catch((error: Error) => {
      log.error({ error: error.message }, 'mails were not handed over');
    });
    lost.look(view);
    reach.look();
    void holder.takeover.look(null);
    if (view !== null && !ownSpool.isReturning) void reconcile.compareWhenDue();
    void reconcile.copyAgain();
    tellCounts();
  });

  return {
    routes: [...holder.routes, ...drainRoutes(drain)],
    counts,
    async stop() {
      following.stop();
      ticks.stop();
      ownSpool.close();
      owner.news.stop();
      await servers.stop();
      await holder.stop();
    },
  };
}

/** Runs it at once and again, TICK_MS after its end. It must not reject. */
function again(run: () => Promise<void>): { stop(): void } {
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  const turn = async (): Promise<void> => {
    await run();
    if (!stopped) timer = setTimeout(turn, TICK_MS);
  };
  timer = setTimeout(turn, 0);
  return {
    stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}
