/**
 * How a mail leaves the spool when the line is through with it.
 *
 * On a gateway of its own its file ends. In a cluster the sealed original is kept until everything that was made of the
 * mail has left, so that another copy can be made of it when its holder is lost, and `peer` is told what to wait for.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import type { Log } from '#node/log.ts';
import { forgetDone } from '#node/shadow/done-recipients.ts';
import { newsClient } from '#node/shadow/news-client.ts';
import { spoolPolicyFrom } from '#node/shadow/spool-policy.ts';
import type { SpareKeeper } from '#node/spool/spare-files.ts';
import { SPOOL_FILE_SUFFIX } from '#node/spool/spool-id.ts';
import type { SpooledJob } from './dispatch.ts';
import type { MailReport } from './report.ts';

export interface EndMail {
  /** Rejects when the mail is still spooled. */
  end(job: SpooledJob, report: Pick<MailReport, 'recipients' | 'reports'>): Promise<void>;
  close(): Promise<void>;
}

export function endMail(layout: Layout, spares: SpareKeeper, log: Log): EndMail {
  const policy = spoolPolicyFrom(layout.spoolPolicy, (error) =>
    log.error({ error: error.message }, 'policy of the cluster not read'),
  );
  const isCopied = (): boolean => (policy.current()?.shadow ?? 'off') !== 'off';
  const news = newsClient(layout, isCopied);

  async function keep({ spoolId, path }: SpooledJob): Promise<void> {
    const kept = join(layout.spoolKept, `${spoolId}${SPOOL_FILE_SUFFIX}`);
    // One is there when a held part was released: that is the whole mail, this one has fewer recipients.
    if (existsSync(kept)) return spares.end(path);
    mkdirSync(layout.spoolKept, { recursive: true, mode: 0o700 });
    await rename(path, kept).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  return {
    async end(job, { recipients, reports }) {
      if (!isCopied()) return spares.end(job.path);
      await keep(job);
      forgetDone(layout, job.spoolId);
      const copies = recipients.flatMap((recipient) => recipient.copies.map(({ queueId }) => queueId));
      news.tell({
        type: 'decided',
        spoolId: job.spoolId,
        recipients: recipients.map(({ recipient, end, copies: own }) => ({
          recipient,
          copies: own.map(({ queueId, deliverTo }) => ({ queueId, deliverTo })),
          // Who gets it back needs the report, which is a queued copy of its own.
          open: end === 'hold' || end === 'back-to-sender',
        })),
        queued: [...new Set([...copies, ...(reports ?? [])])],
        held: recipients.some(({ end }) => end === 'hold'),
      });
    },
    close: () => news.close(),
  };
}
