/**
 * What a cluster changes in accepting a mail: its name, and a second copy on another gateway before 250.
 *
 * On a gateway of its own nothing of it costs more than a look at the clock.
 */
import type { Layout } from '#node/config/layout.ts';
import type { Log } from '#node/log.ts';
import { copyClient } from '#node/shadow/copy-client.ts';
import { spoolPolicyFrom } from '#node/shadow/spool-policy.ts';
import type { WhileSpooling } from '#node/spool/incoming-mail.ts';
import { SpoolError } from '#node/spool/spool-writer.ts';

/** A gateway of its own is always in its first epoch (replication.md §5.2). */
const EPOCH = 1;

export interface SecondCopy {
  /** What new mails are named by. */
  naming(): { readonly node: string; readonly epoch: number };
  /** False while the gateway leaves the cluster. */
  accepting(): boolean;
  /** For `SpoolWriter.commit`; rejects with a SpoolError `not-copied`. Null: one copy is enough. */
  whileSpooling(spoolId: string): WhileSpooling | null;
  close(): void;
}

export function secondCopy(layout: Layout, node: string, log: Log): SecondCopy {
  const policy = spoolPolicyFrom(layout.spoolPolicy, (error) =>
    log.error({ error: error.message }, 'policy of the cluster not read'),
  );
  const client = copyClient(layout);
  return {
    naming: () => policy.current() ?? { node, epoch: EPOCH },
    accepting: () => policy.current()?.accepting ?? true,
    whileSpooling(spoolId) {
      const mode = policy.current()?.shadow ?? 'off';
      if (mode === 'off') return null;
      return async (sizeBytes, bytes) => {
        const outcome = await client.copy(spoolId, sizeBytes, bytes);
        if (outcome === 'copied' || (outcome === 'none' && mode === 'prefer')) return;
        throw new SpoolError('not-copied', `no second copy: ${outcome}`);
      };
    },
    close: () => client.close(),
  };
}
