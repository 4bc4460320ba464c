/** `sealgate pdf …`: passwords of PDF mail, its policy and templates, in the words of the page. */
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { PdfPolicy } from '#domain/pdf/pdf-policy.ts';
import type { Page } from '#node/web/admin-request.ts';
import type { PdfPairDetail, PdfPairRow, PdfStatistics } from '#node/web/pdf-admin-port.ts';
import { type Command, type CommandContext, needed, table, timeText, UsageError } from './command.ts';

const ROWS = 200; // A screen of pairs; `--search` narrows.

const reasonOf = ({ options }: CommandContext): string => String(options.reason ?? '');

/** `--sender` may be left out where one password serves all senders. */
function pairOf(context: CommandContext): { sender: string; recipient: string } {
  const [recipient] = context.words;
  if (!recipient) throw new UsageError('the address of the partner is needed');
  return { sender: String(context.options.sender ?? '*'), recipient };
}

export const pdfPairs: Command = {
  usage: 'pdf [--search TEXT]',
  does: 'pairs of sender and partner, and the state of their PDF passwords',
  options: ['search'],
  async run({ admin, print, options }) {
    const search = String(options.search ?? '');
    const page = await admin.query<Page<PdfPairRow>>('pdf.pairs', { search, pageRows: ROWS });
    const cells = page.rows.map((r) => [
      r.sender,
      r.recipient,
      r.lockedUntilMs === null ? r.state : `${r.state}, locked`,
      r.origin ?? '-',
      timeText(r.sinceMs),
      timeText(r.expiresAtMs),
    ]);
    print(page, [
      ...table(['sender', 'partner', 'state', 'origin', 'since', 'expires'], cells),
      `${page.rows.length} of ${page.total}`,
    ]);
    return true;
  },
};

export const pdfHistory: Command = {
  usage: 'pdf history PARTNER [--sender ADDRESS]',
  does: 'all passwords of a pair, newest first; their numbers are for `pdf show`',
  options: ['sender'],
  async run(context) {
    const pair = pairOf(context);
    const detail = await context.admin.query<PdfPairDetail | null>('pdf.pair', pair);
    if (!detail) {
      context.print(null, ['There is no password for this pair.']);
      return false;
    }
    const cells = detail.history.map((p) => [
      String(p.number),
      p.origin,
      timeText(p.sinceMs),
      timeText(p.untilMs),
    ]);
    context.print(detail, table(['number', 'origin', 'since', 'until'], cells));
    return true;
  },
};

export const pdfShow: Command = {
  usage: 'pdf show PARTNER [--sender ADDRESS] --number N --reason TEXT',
  does: 'shows a password; who looked and why is recorded before',
  options: ['sender', 'number', 'reason'],
  async run(context) {
    const request = { ...pairOf(context), number: Number(needed(context, 'number')) };
    const reason = needed(context, 'reason');
    const { password } = await context.admin.change<{ password: string }>('pdf.show', { ...request, reason });
    context.print({ password }, [password]);
    return true;
  },
};

function onPair(words: string, procedure: string, does: string, needsReason: boolean): Command {
  const reason = needsReason ? '--reason TEXT' : '[--reason TEXT]';
  return {
    usage: `pdf ${words} PARTNER [--sender ADDRESS] ${reason}`,
    does,
    options: ['sender', 'reason'],
    async run(context) {
      const why = needsReason ? needed(context, 'reason') : reasonOf(context);
      await context.admin.change(procedure, { ...pairOf(context), reason: why });
      context.print({ done: true }, ['done']);
      return true;
    },
  };
}

export const pdfReset = onPair('reset', 'pdf.reset', 'the next PDF of the pair has a new password', true);
export const pdfNotice = onPair('notice', 'pdf.resendNotice', 'tells the sender the password again', false);
export const pdfUnlock = onPair('unlock', 'pdf.unlock', 'ends the lock-out after wrong passwords', true);

export const pdfPolicyShow: Command = {
  usage: 'pdf policy',
  does: 'the policy of PDF mail as YAML, and the key that orders to the messenger are signed with',
  async run({ admin, print }) {
    const answer = await admin.query<{ policy: PdfPolicy; messengerKey: string }>('pdf.policy');
    print(answer, [stringify(answer.policy).trimEnd(), `# messenger key: ${answer.messengerKey}`]);
    return true;
  },
};

export const pdfPolicySet: Command = {
  usage: 'pdf set-policy FILE --reason TEXT',
  does: 'sets the policy of PDF mail from a YAML file; what is left out has its default',
  options: ['reason'],
  async run(context) {
    const policy = fileOf(context);
    await context.admin.change('pdf.setPolicy', { policy, reason: needed(context, 'reason') });
    context.print({ done: true }, ['done']);
    return true;
  },
};

export const pdfTemplates: Command = {
  usage: 'pdf templates',
  does: 'templates by mail domain as YAML, without their logos',
  async run({ admin, print }) {
    type Row = { domain: string; template: { logo: { type: string } | null } };
    const rows = await admin.query<Row[]>('pdf.templates');
    const shown = Object.fromEntries(
      rows.map(({ domain, template }) => [domain, { ...template, logo: template.logo?.type ?? null }]),
    );
    print(rows, [stringify(shown).trimEnd()]);
    return true;
  },
};

export const pdfTemplateSet: Command = {
  usage: 'pdf set-template FILE --domain DOMAIN [--logo FILE] [--reason TEXT]',
  does: 'sets what the PDFs of a mail domain have of their own, from a YAML file; `*` is for all others',
  options: ['domain', 'logo', 'reason'],
  async run(context) {
    const { logo } = context.options;
    const template = {
      ...(fileOf(context) as object),
      ...(typeof logo === 'string' ? { logo: logoOf(logo) } : {}),
    };
    const domain = needed(context, 'domain');
    await context.admin.change('pdf.setTemplate', { domain, template, reason: reasonOf(context) });
    context.print({ domain }, ['done']);
    return true;
  },
};

export const pdfTemplateRemove: Command = {
  usage: 'pdf remove-template DOMAIN [--reason TEXT]',
  does: 'the PDFs of this mail domain look like those of all others again',
  options: ['reason'],
  async run(context) {
    const [domain] = context.words;
    if (!domain) throw new UsageError('a mail domain is needed');
    await context.admin.change('pdf.removeTemplate', { domain, reason: reasonOf(context) });
    context.print({ domain }, ['removed']);
    return true;
  },
};

export const pdfStatistics: Command = {
  usage: 'pdf statistics',
  does: 'how many pairs there are, in which state, and the passwords of the last 30 days',
  async run({ admin, print }) {
    const s = await admin.query<PdfStatistics>('pdf.statistics');
    const rows = Object.entries({ pairs: s.pairs, ...s.byState, ...s.byOrigin, locked: s.lockedAccounts });
    const made = s.perDay.reduce((sum, day) => sum + day.passwords, 0);
    print(s, [
      ...table(
        ['what', 'number'],
        rows.map(([name, n]) => [name, String(n)]),
      ),
      `${made} passwords in ${s.perDay.length} days`,
    ]);
    return true;
  },
};

function fileOf({ words }: CommandContext): unknown {
  const [file] = words;
  if (!file) throw new UsageError('a file is needed');
  try {
    return parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    if ((error as Error).name === 'YAMLParseError')
      throw new UsageError(`${file}: ${(error as Error).message}`);
    throw error;
  }
}

/** By its first octets, whatever it is called. */
function logoOf(file: string): { type: string; base64: string } {
  const bytes = readFileSync(file);
  const isPng = bytes.subarray(1, 4).toString('latin1') === 'PNG';
  if (!isPng && !(bytes[0] === 0xff && bytes[1] === 0xd8)) throw new UsageError(`${file} is no PNG or JPEG`);
  return { type: isPng ? 'image/png' : 'image/jpeg', base64: bytes.toString('base64') };
}
