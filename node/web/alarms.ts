/**
 * What is wrong with the gateway, from its status: words of a fixed list that the page turns into a sentence and into
 * what to do. Pure.
 */

import type { ClusterCondition } from './cluster-condition.ts';
import type { GatewayStatus } from './status-admin-port.ts';

const MEGABYTE = 1024 * 1024;
const FREE_BYTES_WARN = 1024 * MEGABYTE; // Ten mails of the greatest size; time enough to make room.
const QUEUE_OLD_MS = 60 * 60_000; // Greylisting is over by then (RFC 6647 §5), so it is a fault.
const ACCEPTING = ['receive', 'keys', 'ledger', 'protect'];

export type AlarmCode =
  | 'process-down'
  | 'process-starting'
  | 'log-unreachable'
  | 'log-damaged'
  | 'log-not-writable'
  | 'log-notice'
  | ClusterAlarm
  | 'engine-large'
  | 'spool-nearly-full'
  | 'mails-damaged'
  | 'mails-held'
  | 'queue-stuck'
  | 'mails-waiting'
  | 'facts-waiting'
  | 'mails-uncopied'
  | 'spool-returning'
  | 'gateway-leaving'
  | 'possible-doubles';

/** Conditions of the cluster that are told as they are; `changes-stopped` is `log-not-writable`. */
type ClusterAlarm = Exclude<ClusterCondition, 'well' | 'alone' | 'changes-stopped'>;

const CLUSTER_SEVERITY: Readonly<Record<ClusterAlarm, Alarm['severity']>> = {
  'gateway-gone': 'amber',
  'witness-gone': 'amber',
  'one-copy': 'amber',
  'no-second-copy': 'red',
  'pair-apart': 'red',
  'no-majority': 'red',
  'cut-off': 'red',
  superseded: 'red',
};

const isAlarm = (word: ClusterCondition): word is ClusterAlarm => Object.hasOwn(CLUSTER_SEVERITY, word);

export interface Alarm {
  readonly code: AlarmCode;
  /** red: mail stands still or the record is in danger; amber: it will, or a person is asked for. */
  readonly severity: 'red' | 'amber';
  /** What the sentence names. */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** Worst first. */
export function alarmsOf(status: GatewayStatus, nowMs: number): Alarm[] {
  const alarms: Alarm[] = [];
  const alarm = (severity: Alarm['severity'], code: AlarmCode, facts: Alarm['facts'] = {}): void =>
    void alarms.push({ code, severity, facts });
  for (const { name, state, detail } of status.processes) {
    if (state === 'down') {
      alarm(ACCEPTING.includes(name) || name === 'send' ? 'red' : 'amber', 'process-down', { name, detail });
    } else if (state === 'starting') alarm('amber', 'process-starting', { name });
  }
  const { log, spool, queue, cluster } = status;
  if (log === null) alarm('red', 'log-unreachable');
  else if (log.damagedAt !== null) alarm('red', 'log-damaged', { position: log.damagedAt });
  else if (cluster !== null && isAlarm(cluster.condition)) {
    const names = cluster.members.filter(({ alive }) => alive === false).map(({ name }) => name);
    const facts = { names: names.join(', '), reason: log.reason };
    alarm(CLUSTER_SEVERITY[cluster.condition], cluster.condition, facts);
  } else if (!log.writable) alarm('red', 'log-not-writable', { reason: log.reason });
  if (log !== null && log.notice !== '') alarm('amber', 'log-notice', { notice: log.notice });
  if (cluster?.room?.isLarge) {
    const { bytes, quotaBytes, heldBy } = cluster.room;
    const [megabytes = 0, quota = 0] = [bytes, quotaBytes].map((size) => Math.round(size / MEGABYTE));
    alarm('amber', 'engine-large', { megabytes, quota, heldBy });
  }
  if (spool.freeBytes < FREE_BYTES_WARN) {
    alarm('amber', 'spool-nearly-full', { megabytes: Math.floor(spool.freeBytes / MEGABYTE) });
  }
  if (spool.damaged > 0) alarm('red', 'mails-damaged', { count: spool.damaged });
  if (spool.undecided > 0) alarm('amber', 'mails-held', { count: spool.undecided });
  if (queue.oldestMs !== null && nowMs - queue.oldestMs > QUEUE_OLD_MS) {
    alarm('amber', 'queue-stuck', {
      count: queue.waiting,
      hours: Math.floor((nowMs - queue.oldestMs) / 3_600_000),
    });
  }
  for (const { reason, mails } of status.line.waits) {
    alarm('amber', 'mails-waiting', { count: mails, reason });
  }
  if (status.line.facts > 0) alarm('amber', 'facts-waiting', { count: status.line.facts });
  const { copies } = status;
  if (copies && copies.unmirrored > 0) alarm('amber', 'mails-uncopied', { count: copies.unmirrored });
  if (copies?.returning) alarm('amber', 'spool-returning');
  if (copies?.leaving) alarm('amber', 'gateway-leaving');
  if (copies && copies.possibleDoubles > 0) {
    alarm('amber', 'possible-doubles', { count: copies.possibleDoubles });
  }
  return alarms.sort((a, b) => Number(a.severity === 'amber') - Number(b.severity === 'amber'));
}

/** Whether the gateway accepts mail and finishes it: what a load balancer asks. Without a quorum it does, under the last rules. */
export function isReady(status: GatewayStatus): boolean {
  const up = status.processes.filter((p) => ACCEPTING.includes(p.name)).every((p) => p.state === 'ready');
  const { cluster, copies } = status;
  if (cluster?.condition === 'no-second-copy' || cluster?.condition === 'cut-off') return false;
  if (copies?.leaving || copies?.refusing) return false;
  return up && status.log !== null && status.log.damagedAt === null;
}
