/**
 * PDF for the mail line: the mail in an encrypted PDF under the password of its pair, in a carrier mail of its own,
 * signed where the rule says so (features.md D1, D3).
 *
 * What a recipient's password came to is kept for the notice to the sender.
 */

import type { CopyGroup } from '#domain/mail/groups.ts';
import type { PlannedMail, Version } from '#domain/mail/line.ts';
import { subjectOf, withoutCommands } from '#domain/mail/subject.ts';
import { firstValue } from '#domain/mime/header.ts';
import { carrierMail } from '#domain/pdf/carrier-mail.ts';
import { NO_PDF_COMMANDS, pdfCommandsOf } from '#domain/pdf/subject-commands.ts';
import { templateInUse } from '#domain/pdf/template-in-use.ts';
import type { SignMethod } from '#domain/policy/facts.ts';
import type { PdfRequest, PdfResult } from '#node/pdf/port.ts';
import { sealedScratch } from '#node/spool/sealed-scratch.ts';
import { newBoundary } from './boundary.ts';
import type { FactsAnswer } from './facts.ts';
import { entityOf } from './layer.ts';
import type { LinePorts, MakePdf } from './line-ports.ts';
import type { PdfPasswordAnswer } from './pdf-question.ts';
import type { Protected, Protector } from './protector.ts';

/** The answer about one recipient, and the password where there is one. */
export interface PdfPassed {
  readonly answer: PdfPasswordAnswer;
  readonly password: string | null;
}

interface PdfProtection {
  readonly protect: Protector;
  /** By recipient, for those that are to get a PDF. Those whose answer waits get nothing yet. */
  readonly passed: ReadonlyMap<string, PdfPassed>;
}

interface Carried {
  readonly carrier: Version | Protected;
  /** For the trace. */
  readonly note: { readonly note?: string };
}

/** Asks for the passwords of all pairs first: whoever has to wait waits with all copies, and gets none twice. */
export async function pdfProtection(
  mail: PlannedMail,
  facts: FactsAnswer,
  commandWords: ReadonlySet<string>,
  ports: LinePorts,
  signers: Readonly<Record<SignMethod, Protector>>,
): Promise<PdfProtection> {
  const { pdfPolicy } = facts;
  const { session, envelope } = mail.header;
  const sender = envelope.sender ?? ''; // The plan makes no PDF for a mail without one.
  const passed = await askPasswords(mail, facts, commandWords, ports);

  async function protect(version: Version, group: CopyGroup): Promise<Protected> {
    const { answer, password } = passed.get(group.encryptTo[0] ?? '') ?? {};
    if (answer?.kind !== 'ready' || !password) throw new Error('a PDF for whom there is no password');
    const { carrier, note } = await carry(version, group, answer, password);
    if (!('octets' in carrier)) return carrier;
    const { sign } = group.copy.protection;
    if (!sign) return { pieces: carrier.octets.chunks(), sevenBit: true, ...note };
    const protection = { ...group.copy.protection, encrypt: null };
    return {
      ...(await signers[sign](carrier, { ...group, copy: { ...group.copy, protection } }, [])),
      ...note,
    };
  }

  async function carry(
    version: Version,
    group: CopyGroup,
    answer: PdfPasswordAnswer & { kind: 'ready' },
    password: string,
  ): Promise<Carried> {
    const language = answer.partnerLanguage;
    const made = await makeAtAll(ports.makePdf, {
      octets: version.octets,
      entity: version.entity,
      template: templateInUse(answer.template, language, sender.slice(sender.lastIndexOf('@') + 1)),
      language,
      password,
      algorithm: pdfPolicy.encryption,
      recipient: group.encryptTo[0] ?? '',
      reply: answer.reply,
      attachOriginal: pdfPolicy.attachOriginal,
      nowMs: session.receivedAtMs,
    });
    if ('refused' in made) {
      const detail = `password ${made.refused}`;
      return { carrier: { failure: 'recipient-key-missing', detail }, note: {} };
    }
    const { header } = version.entity;
    const scratch = sealedScratch(ports.settings.layout.scratch);
    const carrier = carrierMail({
      header,
      added: group.copy.headerEdits.flatMap((e) => (e.kind === 'add' ? [e.name.toLowerCase()] : [])),
      subject: pdfPolicy.subject === 'copied' ? subjectOf(header) : null,
      sender,
      ownCopyFor: mail.header.portalCopy ? (group.encryptTo[0] ?? null) : null,
      language,
      mailText: answer.template.texts[language].mailText,
      hasReplyButton: answer.reply !== null,
      boundary: newBoundary(),
      pdf: made.pieces,
    });
    for (const piece of carrier) scratch.write(piece);
    const written = entityOf(scratch.octets());
    if (!written) throw new Error('a carrier mail that cannot be read');
    const note =
      made.notRendered === null ? {} : { note: `PDF by the built-in renderer: ${made.notRendered}` };
    return { carrier: { ...written, verdict: version.verdict, opened: false }, note };
  }

  return { protect, passed };
}

/** AES-128 takes less of a password: one that was set before the policy asked for it goes by AES-256. */
async function makeAtAll(makePdf: MakePdf, request: PdfRequest): Promise<PdfResult> {
  const made = await makePdf(request);
  return 'refused' in made ? makePdf({ ...request, algorithm: 'aes-256' }) : made;
}

async function askPasswords(
  mail: PlannedMail,
  { pdfPolicy }: FactsAnswer,
  commandWords: ReadonlySet<string>,
  ports: LinePorts,
): Promise<Map<string, PdfPassed>> {
  const { spoolId, session, envelope } = mail.header;
  const { sender } = envelope;
  const passed = new Map<string, PdfPassed>();
  if (sender === null) return passed;
  // P25: obeyed from inside only.
  const inside = mail.facts.zone === 'inside' && mail.facts.senderIsOurs;
  const commands = inside ? pdfCommandsOf(mail.facts.subject, pdfPolicy.commands) : NO_PDF_COMMANDS;
  for (const { recipient, copies } of mail.plans) {
    if (!copies.some((copy) => copy.protection.encrypt === 'pdf')) continue;
    const answer = await ports.ask('pdfPassword', {
      spoolId,
      sender,
      recipient,
      pairSender: mail.header.portalCopy?.sender ?? null,
      receivedAtMs: session.receivedAtMs,
      messageId: firstValue(mail.entity.header, 'message-id') ?? '',
      subject: withoutCommands(mail.facts.subject, commandWords),
      commands,
    });
    if (answer.kind === 'waits') {
      passed.set(recipient, { answer, password: null });
      continue;
    }
    const { stream, version } = answer;
    passed.set(recipient, { answer, password: await ports.pdfKeys.pdfPassword({ stream, version }) });
  }
  return passed;
}
