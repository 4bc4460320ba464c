/**
 * Removes what this gateway has of mails that others took over: originals, held parts, queued copies.
 *
 * Queued copies are removed by `send` itself, which alone knows what is under way: it gets a command for each.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { dropQueueCommand } from '#node/queue/queue-command.ts';
import { queueIdOfFile } from '#node/queue/queue-header.ts';
import { spoolIdIn } from '#node/spool/spool-id.ts';

export function dropMails(layout: Layout, ids: ReadonlySet<string>, by: string, nowMs: number): void {
  for (const folder of [layout.spoolReady, layout.spoolKept, layout.spoolHold]) {
    for (const name of namesIn(folder)) {
      if (ids.has(spoolIdIn(name) ?? '')) rmSync(join(folder, name), { force: true });
    }
  }
  for (const name of namesIn(layout.queueReady)) {
    const queueId = queueIdOfFile(name);
    if (queueId === null || !ids.has(spoolIdIn(name) ?? '')) continue;
    dropQueueCommand(layout, { command: 'delete', queueId, by }, nowMs);
  }
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
