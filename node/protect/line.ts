/**
 * The mail line of `protect`: the one file that knows the order of the stages.
 *
 *   parse → classify → open → plan → protect → stamp → relay
 *
 * Every exit is a value: mails go on, are returned, or are held. An exception is a bug (or a missing process, by its
 * `code`), and the mail stays spooled.
 */
import { classifyMail } from '#domain/mail/classify.ts';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import type { ClassifiedMail, OpenedMail, ParsedMail, PlannedMail, ReceivedMail } from '#domain/mail/line.ts';
import { NO_PROTECTION, type Verdict } from '#domain/mail/verdict.ts';
import { firstValue } from '#domain/mime/header.ts';
import { parseMime } from '#domain/mime/tree.ts';
import { pdfCommandWords } from '#domain/pdf/subject-commands.ts';
import { type CompiledRuleBook, compileRuleBook } from '#domain/policy/compile.ts';
import { planPortalCopy, planRecipient } from '#domain/policy/plan.ts';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import { keysClient } from '#node/keys/client.ts';
import { pdfKeysClient } from '#node/keys/pdf-client.ts';
import { type QueueWriter, queueWriter } from '#node/queue/queue-writer.ts';
import { readDone } from '#node/shadow/done-recipients.ts';
import { openSealedFile } from '#node/spool/sealed-file.ts';
import type { SpooledJob } from './dispatch.ts';
import type { Ask, FactsAnswer } from './facts.ts';
import { holdMail } from './hold-mail.ts';
import type { LinePorts, LineSettings, MakePdf } from './line-ports.ts';
import { openMail } from './open.ts';
import { protectMail } from './protect.ts';
import { relayMail } from './relay.ts';
import type { MailReport, RecipientReport } from './report.ts';

const NOTHING: ReadonlySet<string> = new Set();

export interface Line {
  run(job: SpooledJob): Promise<MailReport>;
}

interface PolicySnapshot {
  readonly book: CompiledRuleBook;
  readonly position: string;
  /** What senders write in braces, lower case. */
  readonly commands: ReadonlySet<string>;
}

export function openLine(settings: LineSettings, ask: Ask, makePdf: MakePdf): Line {
  const keys = keysClient(settings.layout);
  const pdfKeys = pdfKeysClient(settings.layout);
  let queue: QueueWriter | null = null; // Made at the first mail: `send` may still be making the queue's key.
  let policy: PolicySnapshot | null = null;

  /** Policy and keys of everyone in the envelope, all of one log position. */
  async function askFacts(header: SpoolHeader): Promise<{ facts: FactsAnswer; policy: PolicySnapshot }> {
    // Held here while the question is under way: another mail may bring a newer rule book meanwhile.
    let known = policy;
    const facts = await ask('facts', {
      sender: header.envelope.sender,
      zone: header.session.zone,
      receivedAtMs: header.session.receivedAtMs,
      recipients: header.envelope.recipients.map((r) => r.address),
      ruleBookPosition: known?.position ?? null,
    });
    if (facts.ruleBook) {
      known = snapshotOf(facts.ruleBook, facts.ruleBookPosition);
      policy = known;
    }
    if (known?.position !== facts.ruleBookPosition) throw new Error('facts and rule book of two positions');
    return { facts, policy: known };
  }

  return {
    async run(job) {
      queue ??= queueWriter(settings.layout);
      const done = readDone(settings.layout, job.spoolId);
      const ports: LinePorts = { settings, ask, keys, pdfKeys, makePdf, queue, left: done?.left ?? NOTHING };
      const file = await openSealedFile<SpoolHeader>(job.path, (box) => keys.openSealedKey({ box }));
      try {
        const header = done === null ? file.header : withoutDone(file.header, done.recipients);
        return await runStages({ header, octets: file.octets }, job.again ?? false, ports, askFacts);
      } finally {
        file.close();
      }
    },
  };
}

/** Of an adopted mail: who has it already from the gateway that is gone is left out. */
function withoutDone(header: SpoolHeader, done: ReadonlySet<string>): SpoolHeader {
  const recipients = header.envelope.recipients.filter(({ address }) => !done.has(address));
  return { ...header, envelope: { ...header.envelope, recipients } };
}

function snapshotOf(ruleBook: RuleBook, position: string): PolicySnapshot {
  const commands = new Set(Object.values(ruleBook.commands).map((text) => text.toLowerCase()));
  return { book: compileRuleBook(ruleBook), position, commands };
}

type AskFacts = (header: SpoolHeader) => Promise<{ facts: FactsAnswer; policy: PolicySnapshot }>;

async function runStages(
  mail: ReceivedMail,
  again: boolean,
  ports: LinePorts,
  askFacts: AskFacts,
): Promise<MailReport> {
  const watch = stopwatch();
  const parsing = parseMime(mail.octets);
  watch.mark('parse');
  if (parsing.kind === 'failed') return holdWhole(mail, ports, `${parsing.name}: ${parsing.detail}`, watch);
  const parsed: ParsedMail = { ...mail, entity: parsing.mail };
  const { facts, policy } = await askFacts(mail.header);
  const classified: ClassifiedMail = classifyMail(parsed, facts, policy.book.book.commands);
  watch.mark('classify');
  const opened: OpenedMail = await openMail(classified, facts, policy.book.book.weakCiphers ?? [], ports);
  watch.mark('open');
  const plans = mail.header.envelope.recipients.map((r) => {
    const recipient = classified.recipientFacts.get(r.address);
    if (!recipient) throw new Error('no facts for a recipient');
    if (mail.header.portalCopy) return planPortalCopy(r.address);
    return planRecipient(policy.book, classified.facts, recipient);
  });
  const planned: PlannedMail = { ...opened, plans };
  watch.mark('plan');
  const commands = new Set([...policy.commands, ...pdfCommandWords(facts.pdfPolicy.commands)]);
  const done = await protectMail(planned, facts, commands, ports);
  watch.mark('protect');
  const queued = await relayMail(done, again, ports);
  watch.mark('relay');
  return {
    spoolId: mail.header.spoolId,
    messageId: firstValue(parsed.entity.header, 'message-id') ?? '',
    sender: mail.header.envelope.sender,
    sizeBytes: mail.octets.sizeBytes,
    position: facts.position,
    ruleBookPosition: policy.position,
    verdict: worstVerdict(opened),
    recipients: queued.recipients,
    ...(queued.reports.length > 0 ? { reports: queued.reports } : {}),
    stages: watch.stages,
  };
}

/** A mail whose structure cannot be read is not passed on unread: a person decides. */
async function holdWhole(
  mail: ReceivedMail,
  ports: LinePorts,
  reason: string,
  watch: Stopwatch,
): Promise<MailReport> {
  const { envelope, spoolId } = mail.header;
  await holdMail(ports.settings.layout, mail.header, mail.octets, envelope.recipients, {
    reason,
    waitsFor: [],
  });
  watch.mark('relay');
  const recipients = envelope.recipients.map(
    (r): RecipientReport => ({
      recipient: r.address,
      rule: null,
      reasons: [reason],
      end: 'hold',
      why: reason,
      copies: [],
    }),
  );
  return {
    spoolId,
    messageId: '',
    sender: envelope.sender,
    sizeBytes: mail.octets.sizeBytes,
    position: '',
    ruleBookPosition: '',
    verdict: NO_PROTECTION,
    recipients,
    stages: watch.stages,
  };
}

/** For the trace: one verdict for the mail, the least good of its versions. */
function worstVerdict(mail: OpenedMail): Verdict {
  const verdicts = [...mail.versions.values()].map((v) => v.verdict);
  const rank = (v: Verdict): number =>
    (v.encryption === 'not-opened' ? 2 : 0) + (v.signature === 'not-verified' ? 1 : 0);
  return verdicts.reduce((worst, v) => (rank(v) > rank(worst) ? v : worst), verdicts[0] ?? NO_PROTECTION);
}

interface Stopwatch {
  readonly stages: { stage: string; us: number }[];
  mark(stage: string): void;
}

function stopwatch(): Stopwatch {
  const stages: { stage: string; us: number }[] = [];
  let last = performance.now();
  return {
    stages,
    mark(stage) {
      const now = performance.now();
      stages.push({ stage, us: Math.round((now - last) * 1000) });
      last = now;
    },
  };
}
