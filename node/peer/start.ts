/**
 * The `peer` process: what the other gateways of the cluster may ask, over HTTP/2 with mutual TLS.
 *
 * Holds copies of their mails and traces and brings ours to them (node/shadow/, node/trace/). Runs on members of a cluster only; the supervisor
 * starts it when `cluster/cluster.json` appears. It reads what other gateways send, after TLS has proven who they are.
 */
import { readClusterFile } from '#node/cluster/cluster-file.ts';
import { formerCertificates } from '#node/cluster/former-certificates.ts';
import { gatewayTls } from '#node/cluster/node-certificates.ts';
import { ipcServer } from '#node/ipc/server.ts';
import { ledgerClient } from '#node/ledger/client.ts';
import { clusterClient } from '#node/ledger/cluster-client.ts';
import type { ClusterView } from '#node/ledger/cluster-port.ts';
import type { StartProcess } from '#node/process.ts';
import { startShadow } from '#node/shadow/start-shadow.ts';
import { pushTraces } from '#node/trace/push-traces.ts';
import { traceCopies } from '#node/trace/trace-copies.ts';
import { askDrain } from './ask-drain.ts';
import { generationRoutes } from './generation-routes.ts';
import { joinRoute } from './join-route.ts';
import { segmentsRoute } from './log-segments.ts';
import type { OthersCalls } from './others-wire.ts';
import { peerClient } from './peer-client.ts';
import { peerServer } from './peer-server.ts';
import { askTrace, traceQuestions } from './trace-routes.ts';

const RENEWED_LOOK_MS = 2000; // As often as `ledger` looks whether its certificates are to be renewed.

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
  const copies = traceCopies(layout.traceCopies);
  const pushing = pushTraces({ folder: layout.trace, client, view: current, log });
  const questions = traceQuestions(layout);
  const others = await ipcServer(layout.othersSocket, {
    calls: {
      trace: (asked: OthersCalls['trace']) => askTrace(client, asked),
      drain: ({ node, on }: OthersCalls['drain']) => askDrain(client, node, on),
    },
    onFault: (error, method) => log.error({ method, error: (error as Error).stack }, 'fault'),
  });
  const { address, port } = settings.cluster.peer;
  const server = await peerServer({
    address,
    port,
    tls: () => gatewayTls(layout),
    former: () => formerCertificates(layout),
    routes: [
      ...generationRoutes(cluster, log),
      segmentsRoute(ledger),
      joinRoute(cluster, log),
      copies.route,
      questions.route,
      ...shadow.routes,
    ],
    isMember: (node) => current()?.members.some((member) => member.node === node) ?? false,
    log,
  });
  log.info({ address, port: server.port }, 'listening for other gateways');
  let used = gatewayTls(layout);
  const renewing = setInterval(() => {
    const tls = gatewayTls(layout);
    if (tls.cert === used.cert && tls.ca === used.ca) return;
    used = tls;
    client.redial();
    server.endDistrusted();
  }, RENEWED_LOOK_MS);
  return {
    async stop() {
      clearInterval(renewing);
      following.stop();
      await others.close();
      await pushing.stop();
      await server.close();
      questions.close();
      copies.close();
      await shadow.stop();
      client.close();
      cluster.close();
      ledger.close();
    },
  };
};
