/**
 * One mail transaction up to its message: MAIL FROM and RCPT TO, their limits, and what the trace says of its end.
 */
import type { EnvelopeRecipient, SessionFacts } from '#domain/mail/envelope.ts';
import type { ReceiveContext } from './context.ts';
import { parseMail, parseRecipient, type Sender } from './mail-command.ts';
import type { ClosedTransaction, MailIntake } from './mail-intake.ts';
import { REPLIES, type Reply } from './replies.ts';

type Facts = Omit<SessionFacts, 'receivedAtMs'>;

type Begun =
  | { readonly ok: true; readonly reply: Reply; readonly transaction: Transaction }
  | { readonly ok: false; readonly reply: Reply };

const TRACED_CHARS_MAX = 300; // Of what was refused; an address has at most 254.
const COMMAND_CHARS = 4;

export class Transaction {
  readonly #sender: Sender;
  readonly #session: Facts;
  readonly #context: ReceiveContext;
  readonly #recipients = new Map<string, EnvelopeRecipient>();

  private constructor(sender: Sender, session: Facts, context: ReceiveContext) {
    this.#sender = sender;
    this.#session = session;
    this.#context = context;
  }

  static begin(command: Buffer, session: Facts, context: ReceiveContext): Begun {
    const text = utf8(command);
    const parsed = text === null ? { ok: false as const, reply: REPLIES.senderSyntax } : parseMail(text);
    const refused = parsed.ok ? storageRefusal(parsed.value.declaredBytes, context) : parsed.reply;
    if (parsed.ok && refused === null) {
      return {
        ok: true,
        reply: REPLIES.senderOk,
        transaction: new Transaction(parsed.value, session, context),
      };
    }
    const reply = refused!;
    traceRefusal(context, session, reply, command, null);
    return { ok: false, reply };
  }

  get hasRecipients(): boolean {
    return this.#recipients.size > 0;
  }

  addRecipient(command: Buffer): Reply {
    const reply = this.#judge(command);
    if (reply.code >= 400) {
      traceRefusal(this.#context, this.#session, reply, command, this.#sender.sender ?? '');
    }
    return reply;
  }

  #judge(command: Buffer): Reply {
    const text = utf8(command);
    if (text === null) return REPLIES.recipientSyntax;
    const { settings, ownDomains } = this.#context;
    const parsed = parseRecipient(text, this.#sender.smtpUtf8, settings.hostname);
    if (!parsed.ok) return parsed.reply;
    const { address } = parsed.value;
    if (this.#recipients.size >= settings.receive.recipientsMax && !this.#recipients.has(address)) {
      return REPLIES.tooManyRecipients;
    }
    if (this.#session.zone === 'outside') {
      const domain = address.slice(address.lastIndexOf('@') + 1);
      const isOurs = domain === settings.hostname.toLowerCase() || ownDomains.has(domain);
      if (isOurs === null) return REPLIES.localError;
      if (!isOurs) return REPLIES.relayDenied;
    }
    this.#recipients.set(address, parsed.value); // The same one again replaces its DSN wishes.
    return REPLIES.recipientOk;
  }

  /** As it stands when the message begins. */
  closed(): ClosedTransaction {
    const { declaredBytes: _, ...sender } = this.#sender;
    return {
      envelope: { ...sender, recipients: [...this.#recipients.values()] },
      session: { ...this.#session, receivedAtMs: Date.now() },
    };
  }

  traceEnd(intake: MailIntake, reply: Reply): void {
    this.#context.journal.write({
      ...traced(this.#session, reply, reply.code < 300 ? 'received' : 'refused'),
      spoolId: intake.spoolId,
      sender: this.#sender.sender,
      recipients: [...this.#recipients.keys()],
      sizeBytes: intake.sizeBytes,
    });
  }
}

/** SIZE (RFC 1870 §6) against the limit and against the free space. */
function storageRefusal(declaredBytes: number, context: ReceiveContext): Reply | null {
  if (declaredBytes > context.settings.receive.sizeBytesMax) return REPLIES.tooBig;
  const state = context.spool.stateFor(declaredBytes);
  if (state === 'full') return REPLIES.storageFull;
  return state === 'broken' ? REPLIES.localError : null;
}

/** What a refused command said, so that an operator can see whose mail it was. */
function traceRefusal(
  context: ReceiveContext,
  session: Facts,
  reply: Reply,
  command: Buffer,
  sender: string | null,
): void {
  const said = command.toString('utf8').slice(0, TRACED_CHARS_MAX);
  context.journal.write({
    ...traced(session, reply, 'refused'),
    spoolId: null,
    sender: sender ?? said,
    recipients: sender === null ? [] : [said],
    sizeBytes: 0,
  });
}

function traced(session: Facts, reply: Reply, event: 'received' | 'refused') {
  return {
    atMs: Date.now(),
    event,
    sessionId: session.sessionId,
    listener: session.listener,
    zone: session.zone,
    peer: session.peerAddress,
    helo: session.helo,
    tls: session.tls ? `${session.tls.protocol} ${session.tls.cipher}` : null,
    reply: `${reply.code} ${reply.status} ${reply.text}`,
  };
}

/** Null when the octets are no UTF-8 (RFC 6531 §3.1 allows nothing else beyond ASCII). */
function utf8(command: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(command.subarray(COMMAND_CHARS));
  } catch {
    return null;
  }
}
