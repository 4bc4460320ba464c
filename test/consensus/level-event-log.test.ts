/** The embedded engine against the contract of the port. */
import type { LevelEventLog } from '#consensus/level-event-log.ts';
import { eventLogContract } from './event-log-contract.ts';
import { openLog, removeFolder, scratchFolder, testKeys } from './scratch-log.ts';

eventLogContract('LevelEventLog', async () => {
  const folder = await scratchFolder();
  let log: LevelEventLog = await openLog(folder);
  return {
    log,
    keys: testKeys,
    async reopen() {
      await log.close();
      log = await openLog(folder);
      return log;
    },
    async dispose() {
      await log.close();
      await removeFolder(folder);
    },
  };
});
