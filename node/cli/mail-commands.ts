/** `sealgate queue …` and `sealgate trace …`: where a mail is, and what was decided about it. */
import type { MailPage, MailStory, SilentGateway, TraceOrigin } from '#node/web/all-traces.ts';
import type { HeldRow, QueueRow } from '#node/web/queue-admin-port.ts';
import type { GatewayStatus } from '#node/web/status-admin-port.ts';
import { CommandFailed } from './admin-client.ts';
import { type Command, needed, printable, table, timeText, UsageError } from './command.ts';

export const queueList: Command = {
  usage: 'queue',
  does: 'mails that wait for their next server; and how many wait before it, with the reason',
  async run({ admin, print }) {
    const rows = await admin.query<QueueRow[]>('queue.list');
    const { status } = await admin.query<{ status: GatewayStatus }>('status.overview');
    const waits = status.line.waits.map(
      ({ mails, reason }) => `!  ${mails} mails wait, and go on by themselves: ${reason}`,
    );
    const cells = rows.map((r) => [
      r.queueId,
      r.sender || '<>',
      r.recipients.join(' '),
      String(r.attempts),
      timeText(r.nextAttemptMs),
      r.lastAnswer,
    ]);
    print(rows, [...table(['id', 'from', 'to', 'attempts', 'next', 'last answer'], cells), ...waits]);
    return true;
  },
};

export const queueRetry: Command = {
  usage: 'queue retry ID',
  does: 'tries a mail now',
  async run({ admin, print, words }) {
    const [queueId] = words;
    if (!queueId) throw new UsageError('an id is needed');
    await admin.change('queue.retry', { queueId });
    print({ queueId }, ['will be tried now']);
    return true;
  },
};

export const queueDelete: Command = {
  usage: 'queue delete ID --reason TEXT',
  does: 'removes a mail from the queue for good',
  options: ['reason'],
  async run(context) {
    const [queueId] = context.words;
    if (!queueId) throw new UsageError('an id is needed');
    await context.admin.change('queue.remove', { queueId, reason: needed(context, 'reason') });
    context.print({ queueId }, ['removed']);
    return true;
  },
};

export const queueHeld: Command = {
  usage: 'queue held',
  does: 'mails that wait for a key or a person, with the reason',
  async run({ admin, print }) {
    const rows = await admin.query<HeldRow[]>('queue.held');
    const cells = rows.map((r) => [
      r.holdId,
      timeText(r.heldAtMs),
      r.sender || '<>',
      r.recipients.join(' '),
      r.reason,
    ]);
    print(rows, table(['id', 'at', 'from', 'to', 'why'], cells));
    return true;
  },
};

export const queueRelease: Command = {
  usage: 'queue release HOLD-ID [--reason TEXT]',
  does: 'gives a held mail back to the mail line, which decides anew',
  options: ['reason'],
  async run({ admin, print, words, options }) {
    const [holdId] = words;
    if (!holdId) throw new UsageError('the id of a held mail is needed');
    await admin.change('queue.release', { holdId, reason: String(options.reason ?? '') });
    print({ holdId }, ['released']);
    return true;
  },
};

export const queueDrop: Command = {
  usage: 'queue drop HOLD-ID --reason TEXT',
  does: 'removes a held mail for good; nobody is told',
  options: ['reason'],
  async run(context) {
    const [holdId] = context.words;
    if (!holdId) throw new UsageError('the id of a held mail is needed');
    await context.admin.change('queue.drop', { holdId, reason: needed(context, 'reason') });
    context.print({ holdId }, ['removed']);
    return true;
  },
};

const TRACE_ROWS = 50;

export const traceList: Command = {
  usage: 'trace [SPOOL-ID] [--search TEXT]',
  does: 'the last mails of all gateways; or one with each stage and the reason for each decision',
  options: ['search'],
  async run({ admin, print, words, options }) {
    const [spoolId] = words;
    if (spoolId) {
      const { mail, silent } = await admin.query<MailStory>('mails.get', { spoolId });
      if (!mail) throw new CommandFailed([`No trace of ${spoolId}.`, ...silent.map(silentText)].join(' '));
      print(mail, [...mailLines(mail), ...silentLines(silent)]);
      return true;
    }
    const page = await admin.query<MailPage>('mails.list', {
      search: String(options.search ?? ''),
      limit: TRACE_ROWS,
    });
    const isCluster = page.rows.some(({ gateways }) => gateways.length > 0);
    const cells = page.rows.map((r) => [
      r.spoolId,
      timeText(r.atMs),
      r.sender ?? '<>',
      r.recipients.join(' '),
      r.state,
      r.protections.join(', '),
      ...(isCluster ? [r.gateways.map(originText).join(', ')] : []),
    ]);
    const head = ['id', 'at', 'from', 'to', 'state', 'protection', ...(isCluster ? ['gateway'] : [])];
    print(page.rows, [...table(head, cells), ...silentLines(page.silent)]);
    return true;
  },
};

function originText({ name, isCopy }: TraceOrigin): string {
  return isCopy ? `${name} (copy)` : name;
}

function silentText({ name, hasCopy }: SilentGateway): string {
  return hasCopy
    ? `${name} does not answer: its mails are shown from the copy on another gateway.`
    : `${name} does not answer: its mails are missing here.`;
}

function silentLines(silent: readonly SilentGateway[]): string[] {
  return silent.map((gateway) => `!  ${silentText(gateway)}`);
}

function mailLines(mail: NonNullable<MailStory['mail']>): string[] {
  const lines = [
    `${mail.spoolId}  ${timeText(mail.atMs)}  ${mail.sender ?? '<>'}  ${mail.sizeBytes} octets  ${mail.state}`,
  ];
  if (mail.session)
    lines.push(
      `received on ${mail.session.listener} (${mail.session.zone}) from ${mail.session.peerAddress}`,
    );
  if (mail.gateways.length > 0) lines.push(`on ${mail.gateways.map(originText).join(', ')}`);
  const { decision } = mail;
  if (!decision) return lines;
  lines.push(`decided under log position ${decision.position}, rule book ${decision.ruleBookPosition}`);
  lines.push(`stages ${decision.stages.map((s) => `${s.stage} ${(s.us / 1000).toFixed(1)} ms`).join(', ')}`);
  for (const r of decision.recipients) {
    lines.push(`${r.recipient}: ${r.end}${r.why ? ` (${r.why})` : ''}`, ...r.reasons.map((x) => `  ${x}`));
    for (const c of r.copies) {
      lines.push(
        `  → ${c.deliverTo}: ${c.protection}`,
        ...c.attempts.map((a) => `    ${timeText(a.atMs)} ${a.host} ${a.outcome}: ${printable(a.answer)}`),
      );
    }
  }
  return lines;
}
