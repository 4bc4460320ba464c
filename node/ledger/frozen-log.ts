/**
 * The log of a gateway that must record nothing now: what is here can be read, the vault beside it is its own, appends
 * are refused with the reason.
 */
import { type Appended, LogError, type LogObstacle, type LogStatus } from '#consensus/event-log.ts';
import type { LevelEventLog } from '#consensus/level-event-log.ts';
import type { LocalLog } from '#consensus/local-log.ts';

export function frozenLog(log: LevelEventLog, obstacle: LogObstacle, reason: () => string): LocalLog {
  return {
    append: (): Promise<Appended> => Promise.reject(new LogError('no-quorum', reason())),
    read: (from, to) => log.read(from, to),
    readPieces: (from, to) => log.readPieces(from, to),
    readStream: (stream) => log.readStream(stream),
    subscribe: (from, on) => log.subscribe(from, on),
    head: () => log.head(),
    snapshots: log.snapshots,
    vault: log.vault,
    checkpoints: log.checkpoints,
    notices: log.notices,
    signExport: () => log.signExport(),
    scrub: (options) => log.scrub(options),
    status: (): LogStatus => ({
      ...log.status(),
      mode: 'client',
      quorumHead: null,
      writable: false,
      reason: reason(),
      obstacle: log.status().obstacle ?? obstacle,
    }),
    close: () => log.close(),
  };
}
