/** `sealgate status`: what runs, what waits, what is wrong and what to do. */

import type { Alarm, AlarmCode } from '#node/web/alarms.ts';
import type { GatewayStatus } from '#node/web/status-admin-port.ts';
import { type Command, table } from './command.ts';

interface Overview {
  readonly status: GatewayStatus;
  readonly alarms: readonly Alarm[];
}

/** The sentence of each alarm; docs/operating.md says more. */
const SENTENCES: Readonly<Record<AlarmCode, (facts: Alarm['facts']) => string>> = {
  'process-down': ({ name, detail }) =>
    `${name} is down (${detail}); it is started again by itself, else look into its log`,
  'process-starting': ({ name }) => `${name} is starting`,
  'log-unreachable': () => 'the event log cannot be reached; check the ledger process and its disk',
  'log-damaged': ({ position }) =>
    `the event log is damaged at position ${position}; restore it from a backup`,
  'log-not-writable': ({ reason }) => `no changes can be recorded: ${reason}`,
  'log-notice': ({ notice }) => `the log says: ${notice}`,
  'gateway-gone': ({ names }) =>
    `${names} does not answer; mail goes on here, and what it had accepted is delivered by the others: sealgate cluster`,
  'witness-gone': ({ names }) =>
    `the witness ${names} does not answer; when one gateway more is lost, changes stop: start it again`,
  'one-copy': () => 'no other gateway is there: mail is accepted on one copy until one is back',
  'no-second-copy': () =>
    'no other gateway is there for the second copy: senders are asked to try again later; start another, or set spool.shadow to prefer',
  'pair-apart': ({ reason }) =>
    `the other gateway cannot be reached, changes wait (${reason}); mail goes on under the last known rules and keys`,
  'no-majority': ({ reason }) =>
    `no majority can be reached, changes wait (${reason}); mail goes on under the last known rules and keys`,
  'cut-off': ({ reason }) =>
    `neither a majority nor another gateway for the second copy can be reached (${reason}): senders are asked to try again later, changes wait; mend the line, or set spool.shadow to prefer`,
  superseded: ({ reason }) => `the cluster went on without this gateway: ${reason}`,
  'engine-large': ({ megabytes, quota, heldBy }) =>
    `etcd holds ${megabytes} MB of its ${quota} MB; when it is full, no changes can be made${heldBy === '' ? '' : `; kept for ${heldBy}`}: sealgate cluster`,
  'spool-nearly-full': ({ megabytes }) => `only ${megabytes} MB are left on the disk of the data folder`,
  'mails-damaged': ({ count }) =>
    `${count} spooled mails cannot be read; their files are kept: sealgate queue held`,
  'mails-held': ({ count }) => `${count} mails are held for a decision: sealgate queue held`,
  'queue-stuck': ({ count, hours }) =>
    `${count} mails wait to leave, the oldest for ${hours} h: sealgate queue`,
  'mails-waiting': ({ count, reason }) => `${count} mails wait, and go on by themselves: ${reason}`,
  'facts-waiting': ({ count }) =>
    `${count} facts (learnt from mails, answers in the portal) are kept here and recorded when changes can be made again`,
  'mails-uncopied': ({ count }) =>
    `${count} accepted mails lie on this gateway only: no other one takes a copy`,
  'spool-returning': () =>
    'another gateway took over while this one was away; old mails wait for its word which are still ours',
  'gateway-leaving': () =>
    'this gateway is leaving the cluster: it accepts no mail and gives away what it has: sealgate cluster leave, or leave --cancel',
  'possible-doubles': ({ count }) =>
    `${count} mails left although another gateway may have sent them, too, since none could be reached`,
};

function copiesLine(copies: GatewayStatus['copies']): string[] {
  if (copies === null) return [];
  const { mirrored, unmirrored, held, adopted } = copies;
  return [
    `copies ${mirrored} of our mails elsewhere, ${unmirrored} without; ${held} of others here, ${adopted} adopted`,
  ];
}

export const statusCommand: Command = {
  usage: 'status',
  does: 'health of the processes, log, spool and queue; exit code 1 when something is wrong',
  async run({ admin, print }) {
    const overview = await admin.query<Overview>('status.overview');
    const { status, alarms } = overview;
    const log = status.log
      ? `position ${status.log.head}, ${status.log.writable ? 'writable' : status.log.reason}`
      : 'not reached';
    print(overview, [
      `${status.node} (${status.hostname}), Sealgate ${status.version}`,
      ...table(
        ['process', 'state', ''],
        status.processes.map((p) => [p.name, p.state, p.detail]),
      ),
      `log    ${log}`,
      `spool  ${status.spool.waiting} waiting, ${status.spool.held} held`,
      `queue  ${status.queue.waiting} waiting, ${status.queue.deferred} deferred`,
      ...copiesLine(status.copies),
      ...alarms.map((a) => `${a.severity === 'red' ? '!!' : '! '} ${SENTENCES[a.code](a.facts)}`),
    ]);
    return alarms.length === 0;
  },
};
