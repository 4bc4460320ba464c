/**
 * Appends only what every gateway of the cluster reads (domain/log-format.ts): a form of a newer format waits, as without
 * a quorum, until the last one is upgraded. The first that is written raises the format of the log before it.
 */
import { randomUUID } from 'node:crypto';
import { type Draft, LogError } from '#consensus/event-log.ts';
import type { LocalLog } from '#consensus/local-log.ts';
import { formatOf, LOG_FORMAT_STREAM, logFormatDecider } from '#domain/log-format.ts';
import type { ClusterView } from './cluster-port.ts';
import { execute } from './execute.ts';
import { logAsLedger } from './log-as-ledger.ts';
import { formatReached } from './own-format.ts';
import type { LedgerPort } from './port.ts';

/** `view`: of the cluster, as it is known now; `self` and what all members read count. */
export function gatedAppend(
  log: LocalLog,
  view: () => Promise<Pick<ClusterView, 'self' | 'members'>>,
): LedgerPort['append'] {
  let reached = 1;
  return async (batch, expect) => {
    const needed = formatNeeded(batch);
    if (needed > reached) reached = await formatReached(log);
    if (needed > reached) {
      await raise(needed);
      reached = needed;
    }
    return log.append(batch, { expect });
  };

  async function raise(format: number): Promise<void> {
    const { members, self } = await view();
    const older = members.filter(({ role, reads }) => role !== 'witness' && reads < format);
    if (older.length > 0) {
      const names = older.map(({ name, version }) => (version === '' ? name : `${name} (${version})`));
      throw new LogError(
        'no-quorum',
        `${names.join(', ')} would not read it (format ${format} of the log): upgrade all gateways first`,
      );
    }
    const atMs = Date.now();
    const meta = { requestId: randomUUID(), actor: `node/${self}`, reason: '', atMs };
    const command = { type: 'RaiseLogFormat', format, at: atMs } as const;
    await execute(logAsLedger(log), logFormatDecider, LOG_FORMAT_STREAM, command, meta);
  }
}

/** What no format names is older than all of them. */
function formatNeeded(batch: readonly Draft[]): number {
  return Math.max(1, ...batch.map((draft) => formatOf(draft) ?? 1));
}
