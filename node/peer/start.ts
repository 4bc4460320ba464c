/**
 * The `peer` process: what the other gateways of the cluster may ask, over HTTP/2 with mutual TLS.
 *
 * Holds copies of their mails and brings ours to them (node/shadow/). Runs on members of a cluster only; the supervisor
 * starts it when `cluster/cluster.json` appears. It reads what other gateways send, after TLS has proven who they are.
 */
import { readClusterFile } from '#node/cluster/cluster-file.ts';
import { gatewayTls } from '#node/cluster/node-certificates.ts';
import { ledgerClient } from '#node/ledger/client.ts';
import { clusterClient } from '#node/ledger/cluster-client.ts';
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import type { StartProcess } from '#node/process.ts';
import { startShadow } from '#node/shadow/start-shadow.ts';
import { generationRoutes } from './generation-routes.ts';
import { joinRoute } from './join-route.ts';
import { segmentsRoute } from './log-segments.ts';
import { peerClient } from './peer-client.ts';
import { peerServer } from './peer-server.ts';

export const start: StartProcess = async ({ settings, layout, log }) => {
  if (!readClusterFile(layout)) throw new Error('this gateway is not a member of a cluster');
  const ledger = ledgerClient(layout.ledgerSocket);
  const cluster = clusterClient(layout.ledgerSocket);
  let view: ClusterView | null = null;
  const following = cluster.follow((now) => {
    view = now;
  });
  const current = (): ClusterView | null => view;
  const client = peerClient({
    tls: () => gatewayTls(layout),
    addressOf: (node) => current()?.members.find((member) => member.node === node)?.peerAddress || null,
  });
  const shadow = await startShadow({ settings, layout, log, cluster, client });
  const { address, port } = settings.cluster.peer;
  const server = await peerServer({
    address,
    port,
    tls: gatewayTls(layout),
    routes: [
      ...generationRoutes(cluster, log),
      segmentsRoute(ledger),
      joinRoute(cluster, log),
      ...shadow.routes,
    ],
    isMember: (node) => current()?.members.some((member) => member.node === node) ?? false,
    log,
  });
  log.info({ address, port: server.port }, 'listening for other gateways');
  return {
    async stop() {
      following.stop();
      await server.close();
      await shadow.stop();
      client.close();
      cluster.close();
      ledger.close();
    },
  };
};
