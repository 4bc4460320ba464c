/**
 * Health for machines: `/healthz` (this process lives), `/readyz` (the gateway accepts and finishes mail), `/metrics`.
 *
 * No address, subject or name of a person is in a label. Metrics are for the machine's own collector: asked from
 * elsewhere (or through a proxy) they need a session.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { AdminRefusal } from './admin-request.ts';
import { alarmsOf, isReady } from './alarms.ts';
import { CLUSTER_CONDITIONS } from './cluster-condition.ts';
import type { SignIn } from './sign-in.ts';
import type { ClusterGlance, GatewayStatus, StatusPort } from './status-admin-port.ts';

export interface HealthSources {
  readonly status: StatusPort;
  readonly signIn: SignIn;
  /** True when the request carries a session, or came over the machine's own socket. */
  isSignedIn(request: FastifyRequest): Promise<boolean>;
}

function isLocal(request: FastifyRequest): boolean {
  const { remoteAddress } = request.raw.socket;
  const forwarded = request.headers.forwarded ?? request.headers['x-forwarded-for'];
  return /^(::1|127\.|::ffff:127\.)/.test(remoteAddress ?? '') && forwarded === undefined;
}

export function serveHealth(app: FastifyInstance, sources: HealthSources): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'sealgate_web_' });
  const record = gatewayGauges(registry);

  app.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok\n'));

  app.get('/readyz', async (_request, reply) => {
    const status = await statusOrNull(sources.status);
    const ready = status !== null && isReady(status);
    const alarms = status === null ? ['status-unreachable'] : alarmsOf(status, Date.now()).map((a) => a.code);
    const mode = status === null ? 'unknown' : (status.cluster?.condition ?? 'single');
    return reply.code(ready ? 200 : 503).send({ ready, mode, alarms });
  });

  app.get('/metrics', async (request, reply) => {
    if (!isLocal(request) && !(await sources.isSignedIn(request))) {
      return reply.code(403).type('text/plain').send('metrics are for this machine\n');
    }
    record(await statusOrNull(sources.status), sources.signIn);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

async function statusOrNull(port: StatusPort): Promise<GatewayStatus | null> {
  try {
    return await port.status();
  } catch (error) {
    if (error instanceof AdminRefusal) return null;
    throw error;
  }
}

type MakeGauge = <L extends string>(name: string, help: string, labelNames?: L[]) => Gauge<L>;

function gatewayGauges(registry: Registry): (status: GatewayStatus | null, signIn: SignIn) => void {
  const gauge: MakeGauge = (name, help, labelNames = []) =>
    new Gauge({ name: `sealgate_${name}`, help, labelNames, registers: [registry] });
  const ready = gauge('ready', 'Whether the gateway accepts mail and finishes it');
  const up = gauge('process_up', 'Whether a process of the gateway answers', ['process']);
  const head = gauge('log_position', 'Position of the newest event of the log');
  const writable = gauge('log_writable', 'Whether changes can be recorded');
  const notice = gauge('log_notice', 'Whether the log tells something that operators should look at');
  const spool = gauge('spool_mails', 'Mails accepted and not yet through the line', ['state']);
  const facts = gauge('outbox_facts', 'Facts that wait until changes can be recorded');
  const free = gauge('spool_free_bytes', 'Free space of the spool');
  const queue = gauge('queue_mails', 'Mails on their way to the next server', ['state']);
  const copies = gauge('spool_copies', 'Second copies of accepted mails in the cluster', ['state']);
  const age = gauge('queue_oldest_seconds', 'Age of the oldest mail in the queue');
  const signIns = gauge('sign_ins', 'Sign-ins to the management since its start', ['outcome']);
  const open = gauge('sessions', 'Open sessions of operators');
  const recordCluster = clusterGauges(gauge);
  return (status, signIn) => {
    recordCluster(status?.cluster ?? null);
    ready.set(Number(status !== null && isReady(status)));
    signIns.set({ outcome: 'right' }, signIn.counts.signedIn);
    signIns.set({ outcome: 'wrong' }, signIn.counts.wrong);
    signIns.set({ outcome: 'locked' }, signIn.counts.wait);
    open.set(signIn.sessions.count());
    if (status === null) return;
    for (const { name, state } of status.processes) up.set({ process: name }, Number(state === 'ready'));
    head.set(Number(status.log?.head ?? 0));
    writable.set(Number(status.log?.writable ?? false));
    notice.set(Number(status.log !== null && status.log.notice !== ''));
    spool.set({ state: 'waiting' }, status.spool.waiting);
    spool.set({ state: 'held' }, status.spool.held);
    if (status.copies !== null) {
      const { returning: _, leaving: __, refusing: ___, ...counts } = status.copies;
      for (const [state, count] of Object.entries(counts)) copies.set({ state }, count);
    }
    const blocked = status.line.waits.reduce((sum, { mails }) => sum + mails, 0);
    spool.set({ state: 'blocked' }, blocked);
    facts.set(status.line.facts);
    free.set(status.spool.freeBytes);
    queue.set({ state: 'fresh' }, status.queue.waiting - status.queue.deferred);
    queue.set({ state: 'deferred' }, status.queue.deferred);
    age.set(status.queue.oldestMs === null ? 0 : Math.max(0, (Date.now() - status.queue.oldestMs) / 1000));
  };
}

/** Only while this gateway is a member of a cluster. */
function clusterGauges(gauge: MakeGauge): (cluster: ClusterGlance | null) => void {
  const condition = gauge('cluster_condition', 'How the cluster is: 1 for the word that is true', [
    'condition',
  ]);
  const generation = gauge('cluster_generation', 'Generation of the cluster');
  const up = gauge('cluster_member_up', 'Whether a member of the cluster is there', ['member', 'role']);
  const behind = gauge('cluster_member_behind_events', 'Events that a member lacks, by its own word', [
    'member',
  ]);
  return (cluster) => {
    for (const one of [condition, generation, up, behind]) one.reset();
    if (cluster === null) return;
    for (const word of CLUSTER_CONDITIONS)
      condition.set({ condition: word }, Number(word === cluster.condition));
    generation.set(cluster.generation);
    for (const { name, role, alive, behind: events } of cluster.members) {
      if (alive !== null) up.set({ member: name, role }, Number(alive));
      if (events !== null) behind.set({ member: name }, events);
    }
  };
}
