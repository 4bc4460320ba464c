/** Mails that the gateway writes by itself, beside the line: into the queue, durable when it resolves. */
import { createHash } from 'node:crypto';
import type { Envelope } from '#domain/mail/envelope.ts';
import type { Layout } from '#node/config/layout.ts';
import { type QueuedKind, queueIdOf } from '#node/queue/queue-header.ts';
import { type QueueWriter, queueWriter } from '#node/queue/queue-writer.ts';

export interface OwnMail {
  /** The same mail has the same one, also on a second try. */
  readonly id: string;
  readonly spoolId: string;
  readonly kind: QueuedKind;
  readonly sender: string | null;
  readonly to: string;
  readonly zone: 'inside' | 'outside';
  pieces(messageId: string): Uint8Array[];
}

export type WriteOwnMail = (mail: OwnMail) => Promise<void>;

export function ownMails(ports: {
  readonly layout: Layout;
  readonly hostname: string;
  readonly nowMs: () => number;
}): WriteOwnMail {
  let queue: QueueWriter | null = null; // Made at need: `send` may still be making the queue's key.
  return async (mail) => {
    queue ??= queueWriter(ports.layout);
    const digest = createHash('sha256').update(mail.id).digest('hex').slice(0, 32);
    const pieces = mail.pieces(`<${digest}@${ports.hostname}>`);
    const { spoolId, kind, sender, to, zone } = mail;
    const envelope: Envelope = {
      sender,
      recipients: [kind === 'notice' ? { address: to, notify: ['NEVER'] } : { address: to }],
      body: '7BIT',
      smtpUtf8: /[^\x00-\x7f]/.test(to + (sender ?? '')),
      requireTls: false,
      dsn: {},
    };
    const queueId = queueIdOf(spoolId, 0, [to, mail.id]);
    const createdAtMs = ports.nowMs();
    const header = { v: 1, queueId, spoolId, envelope, createdAtMs, zone, kind, traceId: spoolId } as const;
    await queue.write([{ header, pieces }]);
  };
}
