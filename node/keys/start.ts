/**
 * The `keys` process: the only one that holds private keys. It signs and unwraps on request and gives no key out.
 *
 * It reads nothing from outside, listens on a Unix socket only, and should run with RLIMIT_CORE 0 and its own user.
 * Fails to start, with a clear error, when the node key does not open the cluster key.
 */
import { ledgerClient } from '#node/ledger/client.ts';
import type { StartProcess } from '#node/process.ts';
import { runKeys } from './run-keys.ts';

export const start: StartProcess = async ({ layout, log }) => {
  const ledger = ledgerClient(layout.ledgerSocket);
  const running = await runKeys(layout, ledger, log);
  return {
    async stop() {
      await running.stop();
      ledger.close();
    },
  };
};
