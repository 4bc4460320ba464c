/** `sealgate status`: what runs, what waits, what is wrong and what to do. */
import type { GatewayStatus } from '#node/web/admin-ports.ts';
import type { Alarm } from '#node/web/alarms.ts';
import { type Command, table } from './command.ts';

interface Overview {
  readonly status: GatewayStatus;
  readonly alarms: readonly Alarm[];
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
      ...alarms.map((a) => `! ${JSON.stringify(a)}`),
    ]);
    return alarms.length === 0;
  },
};
