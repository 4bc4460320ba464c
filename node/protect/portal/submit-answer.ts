/**
 * Brings a partner's answer into the mail line: two spooled mails, one for whom it answers, one that becomes the
 * partner's copy as a PDF, each in a cluster with its copy on another gateway, as any accepted mail; then the event that makes a second submission of the same form the same answer.
 *
 * What the portal wrote is believed for its octets only: envelope and session are made here, of the session that the
 * desk opened. A crash between the steps repeats them under the same ids: nothing is lost, and the spool takes a mail of
 * a known id once. While the log takes no changes the answer goes all the same, and its event waits in the outbox.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { foldStream } from '#domain/decider.ts';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import { pdfRepliesDecider, pdfRepliesStream } from '#domain/pdf/pdf-replies.ts';
import type { KeysPort } from '#node/keys/port.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { PORTAL_LISTENER } from '#node/portal/desk-port.ts';
import type { SecondCopy } from '#node/shadow/second-copy.ts';
import type { WhileSpooling } from '#node/spool/incoming-mail.ts';
import { openSealedFile } from '#node/spool/sealed-file.ts';
import { SPOOL_FILE_SUFFIX, spoolIdOfFile } from '#node/spool/spool-id.ts';
import type { SpoolWriter } from '#node/spool/spool-writer.ts';
import type { Outbox } from '../outbox.ts';
import type { PortalSession } from './portal-session.ts';

const HEADER_BYTES_MAX = 8 * 1024; // Two addresses of 320 octets and the facts.
const ULID_TIME_CHARS = 10;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export interface AnswerForm {
  readonly submission: string;
  /** Name of the sealed file in the portal's folder. */
  readonly upload: string;
  readonly attachments: number;
}

export interface SubmitParts {
  readonly ledger: Pick<LedgerPort, 'readStream'>;
  readonly outbox: Pick<Outbox, 'record' | 'holds'>;
  readonly keys: Pick<KeysPort, 'openSealedKey'>;
  readonly spool: SpoolWriter;
  readonly secondCopy: Pick<SecondCopy, 'whileSpooling'>;
  /** Where the portal puts its uploads. */
  readonly folder: string;
  readonly node: string;
  readonly hostname: string;
  readonly nowMs: () => number;
}

export type SubmitAnswer = (
  session: PortalSession,
  form: AnswerForm,
) => Promise<{ readonly kind: 'sent' | 'ended' }>;

export function submitAnswer(parts: SubmitParts): SubmitAnswer {
  return async (session, form) => {
    const file = `${form.upload}${SPOOL_FILE_SUFFIX}`;
    if (spoolIdOfFile(file) === null) return { kind: 'ended' }; // Not a name that the portal gives.
    const path = join(parts.folder, file);
    const stream = pdfRepliesStream(session.writer, session.recipient);
    const known = foldStream(pdfRepliesDecider, await parts.ledger.readStream(stream));
    const requestId = `portal|${form.submission}`;
    const isKnown = known.some((reply) => reply.submission === form.submission);
    if (!isKnown && !parts.outbox.holds(requestId)) {
      const { spoolId, sizeBytes } = await spoolBoth(parts, session, form, path);
      const { submission, attachments } = form;
      const at = parts.nowMs();
      const command = { type: 'RecordPdfReply', submission, spoolId, attachments, sizeBytes, at } as const;
      const actor = `partner/${session.recipient}`;
      const meta = { requestId, actor, reason: 'answer', atMs: at };
      const pair = { sender: session.writer, recipient: session.recipient };
      // With a full outbox, too, the answer is on its way: it is missing in the list of earlier ones only.
      await parts.outbox.record({ of: 'pdf-reply', pair, command, meta });
    }
    rmSync(path, { force: true });
    return { kind: 'sent' };
  };
}

async function spoolBoth(
  parts: SubmitParts,
  session: PortalSession,
  { submission }: AnswerForm,
  path: string,
): Promise<{ spoolId: string; sizeBytes: number }> {
  const upload = await openSealedFile<SpoolHeader>(path, (box) => parts.keys.openSealedKey({ box }));
  try {
    const atMs = parts.nowMs();
    const spoolId = `${parts.node}.1.${submission}`;
    const copyId = `${parts.node}.1.${copyOf(submission)}`;
    const facts = sessionFacts(session, spoolId, upload.header, atMs);
    const { sizeBytes } = upload.octets;
    const common = { v: 1, session: facts, messageIdMade: null } as const;
    const inside = envelopeOf(session.recipient, session.writer);
    const own = envelopeOf(session.writer, session.recipient);
    const portalCopy = { sender: session.pairSender, recipient: session.recipient, writer: session.writer };
    const answer = { ...common, spoolId, envelope: inside, sizeBytes };
    await write(parts, upload.octets.chunks(), answer, parts.secondCopy.whileSpooling(spoolId));
    const copy = { ...common, spoolId: copyId, envelope: own, sizeBytes, portalCopy };
    const beside = parts.secondCopy.whileSpooling(copyId);
    // The answer is accepted: what it takes to be told so must not be refused any more.
    await write(
      parts,
      upload.octets.chunks(),
      copy,
      beside && ((...mail) => beside(...mail).catch(() => {})),
    );
    return { spoolId, sizeBytes };
  } finally {
    upload.close();
  }
}

async function write(
  parts: SubmitParts,
  chunks: Iterable<Uint8Array>,
  header: SpoolHeader,
  beside: WhileSpooling | null,
): Promise<void> {
  const received = Buffer.from(
    `Received: from portal by ${parts.hostname} with HTTPS id ${header.spoolId};\r\n\t${new Date(header.session.receivedAtMs).toUTCString().replace('GMT', '+0000')}\r\n`,
  );
  const mail = parts.spool.incoming(header.spoolId, HEADER_BYTES_MAX);
  await mail.push(received);
  for (const chunk of chunks) await mail.push(chunk);
  await parts.spool.commit(mail, { ...header, sizeBytes: header.sizeBytes + received.length }, beside);
}

function envelopeOf(sender: string, recipient: string): SpoolHeader['envelope'] {
  const smtpUtf8 = /[^\x20-\x7e]/.test(sender + recipient);
  const recipients = [{ address: recipient }];
  return { sender, recipients, body: '7BIT', smtpUtf8, requireTls: false, dsn: {} };
}

function sessionFacts(
  session: PortalSession,
  spoolId: string,
  upload: SpoolHeader,
  receivedAtMs: number,
): SpoolHeader['session'] {
  const { peerAddress, peerPort, localPort } = upload.session; // For the trace only.
  return {
    ...{ sessionId: spoolId, listener: PORTAL_LISTENER, zone: 'outside', helo: 'portal', esmtp: true },
    ...{ tls: null, authenticatedAs: session.recipient },
    ...{ peerAddress, peerPort, localPort, receivedAtMs },
  };
}

/** The same time, other random characters: a second id that the same submission always gives. */
function copyOf(submission: string): string {
  const digest = createHash('sha256').update(`copy|${submission}`).digest();
  const random = [...digest.subarray(0, submission.length - ULID_TIME_CHARS)];
  return submission.slice(0, ULID_TIME_CHARS) + random.map((octet) => CROCKFORD[octet & 31]).join('');
}
