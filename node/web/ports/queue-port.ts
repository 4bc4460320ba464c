/**
 * The outgoing queue of the management: listing from its journal, commands as files that `send` obeys; and the mails
 * that are held before it.
 */
import { dropQueueCommand } from '#node/queue/queue-command.ts';
import { listQueue } from '#node/queue/queue-tools.ts';
import { AdminRefusal } from '#node/web/admin-request.ts';
import type { QueuePort, QueueRow } from '#node/web/queue-admin-port.ts';
import { dropHeldMail, heldRows, releaseHeldMail } from './held-mails.ts';
import type { PortParts } from './parts.ts';

export function queuePort({ layout, log }: PortParts): QueuePort {
  const known = (queueId: string): void => {
    const { deferred, fresh } = listQueue(layout);
    if (!fresh.includes(queueId) && !deferred.some((s) => s.queueId === queueId)) {
      throw new AdminRefusal('unknown', 'This mail is not in the queue any more.');
    }
  };
  return {
    async list() {
      return listQueue(layout).deferred.map(
        (state): QueueRow => ({
          queueId: state.queueId,
          spoolId: state.spoolId,
          sender: state.sender ?? '',
          recipients: state.recipients.map((r) => r.address),
          queuedAtMs: state.queuedAtMs,
          attempts: state.attempts,
          nextAttemptMs: state.held ? null : state.nextAtMs,
          lastAnswer: state.lastAnswer,
        }),
      );
    },
    async retry({ queueId }, by) {
      known(queueId);
      dropQueueCommand(layout, { command: 'retry', queueId, by: by.actor }, by.atMs);
    },
    async remove({ queueId }, by) {
      known(queueId);
      dropQueueCommand(layout, { command: 'delete', queueId, by: by.actor }, by.atMs);
    },
    async held() {
      return heldRows(layout);
    },
    async release({ holdId }, by) {
      releaseHeldMail(layout, holdId);
      log.info({ holdId, by: by.actor, reason: by.reason }, 'held mail released');
    },
    async drop({ holdId }, by) {
      dropHeldMail(layout, holdId);
      log.warn({ holdId, by: by.actor, reason: by.reason }, 'held mail dropped');
    },
  };
}
