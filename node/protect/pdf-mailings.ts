/**
 * Mails about PDFs that no mail of a sender brings with it: reminders of invitations, and a notice that an operator
 * asked for once more. Each is recorded first, and sent by whoever recorded it: at most one, from one gateway.
 */
import { buildNotice } from '#domain/mail/notice.ts';
import { pdfInvitationDecider, pdfInvitationStream } from '#domain/pdf/pdf-invitation.ts';
import { type PdfPair, passwordInForce, pdfPairDecider, pdfPairStream } from '#domain/pdf/pdf-pair.ts';
import { senderNotice } from '#domain/pdf/sender-notice.ts';
import type { Layout } from '#node/config/layout.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { OpenInvitation } from '#projections/pdf.ts';
import { ownMails, type WriteOwnMail } from './own-mails.ts';
import { invitationMail } from './pdf-notices.ts';
import { invitationAddress, languagesOf, type PdfPasswordPorts } from './pdf-passwords.ts';

const DAY_MS = 86_400_000;

export interface PdfMailings {
  /** What is due now. */
  send(): Promise<void>;
}

interface MailingPorts extends PdfPasswordPorts {
  readonly layout: Layout;
  readonly hostname: string;
}

export function pdfMailings(ports: MailingPorts): PdfMailings {
  const write = ownMails(ports);
  return {
    async send() {
      const nowMs = ports.nowMs();
      const { pdf } = ports.models;
      for (const invitation of [...pdf.openInvitations()]) {
        if (nowMs >= invitation.expiresAt) await expire(ports, invitation);
        else await remind(ports, invitation, write);
      }
      for (const pair of [...pdf.pairs()]) if (pair.noticeAsked !== null) await tellAgain(ports, pair, write);
    },
  };
}

const metaOf = (ports: MailingPorts, what: string, stream: string, number: number): CommandMeta => ({
  // With the node: only the gateway whose event it is sends.
  requestId: `pdf|${what}|${stream}|${number}|${ports.node}`,
  actor: `node/${ports.node}`,
  reason: what,
  atMs: ports.nowMs(),
});

async function expire(ports: MailingPorts, { sender, recipient, since }: OpenInvitation): Promise<void> {
  const stream = pdfInvitationStream(sender, recipient);
  const meta = metaOf(ports, 'the invitation has ended', stream, since);
  const command = { type: 'ExpirePdfInvitation', at: meta.atMs } as const;
  await execute(ports.ledger, pdfInvitationDecider, stream, command, meta);
  await caughtUp(ports);
}

async function remind(ports: MailingPorts, invitation: OpenInvitation, write: WriteOwnMail): Promise<void> {
  const { sender, recipient, since, reminders, expiresAt, invitedBy, spoolId } = invitation;
  const afterDays = [...ports.models.pdf.policy.registration.remindAfterDays].sort((a, b) => a - b)[
    reminders
  ];
  if (afterDays === undefined || ports.nowMs() < since + afterDays * DAY_MS) return;
  const link = await invitationAddress(ports, invitation);
  if (link === null) return;
  const number = reminders + 1;
  const stream = pdfInvitationStream(sender, recipient);
  const meta = metaOf(ports, 'reminder', stream, since + number);
  const command = { type: 'RemindPdfPartner', number, at: meta.atMs } as const;
  const done = await execute(ports.ledger, pdfInvitationDecider, stream, command, meta);
  await caughtUp(ports);
  if (done.kind === 'refused' || done.events.length === 0) return;
  const { partnerLanguage: language } = languagesOf(ports.models, invitedBy, { sender, recipient });
  await write({
    id: `reminder ${number} ${since} ${recipient}`,
    spoolId,
    kind: 'mail',
    sender: invitedBy,
    to: recipient,
    zone: 'outside',
    pieces: (messageId) =>
      invitationMail({
        sender: invitedBy,
        recipient,
        language,
        link,
        untilMs: expiresAt,
        reminder: true,
        nowMs: ports.nowMs(),
        messageId,
      }),
  });
}

/** To the sender of the pair, who is inside; never for a password of all senders (the decider refuses to ask). */
async function tellAgain(ports: MailingPorts, pair: PdfPair, write: WriteOwnMail): Promise<void> {
  const asked = pair.noticeAsked;
  const current = passwordInForce(pair, ports.nowMs());
  if (asked === null || !current) return;
  const { sender, recipient } = pair;
  if (ports.models.people.domainOf(sender) === null) return;
  const stream = pdfPairStream(sender, recipient);
  const password = await ports.pdfKeys.pdfPassword({ stream, version: current.version });
  const meta = metaOf(ports, 'told again', stream, asked);
  const command = { type: 'RecordPdfNotice', asked, at: meta.atMs } as const;
  const done = await execute(ports.ledger, pdfPairDecider, stream, command, meta);
  await caughtUp(ports);
  if (done.kind === 'refused' || done.events.length === 0) return;
  const { subject, text } = senderNotice({
    language: languagesOf(ports.models, sender, pair).senderLanguage,
    receivedAtMs: current.since,
    recipients: [
      { address: recipient, outcome: { kind: 'pdf', password: { kind: 'told', text: password } } },
    ],
    stated: null,
  });
  await write({
    id: `notice ${asked} ${recipient}`,
    spoolId: current.spoolId === '' ? `${ports.node}.0.pdf-notice` : current.spoolId,
    kind: 'notice',
    sender: null,
    to: sender,
    zone: 'inside',
    pieces: (messageId) =>
      buildNotice({
        from: `MAILER-DAEMON@${ports.hostname}`,
        to: sender,
        subject,
        text,
        nowMs: ports.nowMs(),
        messageId,
        kind: 'auto-generated',
      }),
  });
}

async function caughtUp({ ledger, feed }: MailingPorts): Promise<void> {
  const { position } = await ledger.head();
  await feed.reached(position);
}
