/** The log of this process as `execute` wants it: for commands that the ledger itself gives. */
import type { StoredEvent } from '#consensus/event-log.ts';
import type { LocalLog } from '#consensus/local-log.ts';
import type { LedgerPort } from './port.ts';

export function logAsLedger(
  log: LocalLog,
  append: LedgerPort['append'] = (batch, expect) => log.append(batch, { expect }),
): Pick<LedgerPort, 'readStream' | 'append' | 'read'> {
  return {
    async readStream(stream) {
      const all: StoredEvent[] = [];
      for await (const event of log.readStream(stream)) all.push(event);
      return all;
    },
    append,
    async read(from, limit) {
      const all: StoredEvent[] = [];
      if (limit > 0) for await (const event of log.read(from, from + BigInt(limit) - 1n)) all.push(event);
      return all;
    },
  };
}
