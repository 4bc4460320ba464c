/** `sealgate audit state` and `sealgate audit diff`: the gateway at a past moment, and what changed between two. */
import { lineDifference } from '#node/audit/line-difference.ts';
import {
  type Changes,
  changesBetween,
  type Moment,
  MomentError,
  type PastState,
  stateAt,
} from '#node/audit/past-state.ts';
import { type LedgerClient, ledgerClient } from '#node/ledger/client.ts';
import { ruleSourceOf } from '#node/web/rule-source.ts';
import { STATE_SECTIONS, type StateSection } from '#projections/gateway-state.ts';
import { CommandFailed, noGateway } from './admin-client.ts';
import { type Command, type CommandContext, needed, table, timeText, UsageError } from './command.ts';

const LEDGER_WAIT_MS = 1000; // A person waits; a ledger that starts again is back in that time.

/** Runs with the ledger of the running gateway. */
export async function withLedger<T>(
  { layout }: CommandContext,
  ask: (ledger: LedgerClient) => Promise<T>,
): Promise<T> {
  const ledger = ledgerClient(layout.ledgerSocket, LEDGER_WAIT_MS);
  try {
    return await ask(ledger);
  } catch (error) {
    if (error instanceof MomentError) throw new CommandFailed(`There is no such moment: ${error.message}.`);
    if ((error as { code?: unknown }).code === 'disconnected') throw noGateway(layout);
    throw error;
  } finally {
    ledger.close();
  }
}

const ISO_MOMENT =
  /^(?<day>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(?<zone>Z|[+-]\d{2}:\d{2})?)?$/;

/** A position, or a time; UTC where no zone is said, as everywhere in the answers. */
function momentOf(text: string): Moment {
  if (text === 'now') return null;
  if (/^[1-9]\d{0,18}$/.test(text)) return { position: BigInt(text) };
  const { day, time = '00:00', zone = 'Z' } = ISO_MOMENT.exec(text)?.groups ?? {};
  const atMs = Date.parse(`${day}T${time}${zone}`);
  if (Number.isNaN(atMs))
    throw new UsageError(`${text} is neither a position nor a time such as 2026-11-23T20:00:00Z`);
  return { atMs };
}

const NAMES: Readonly<Record<StateSection, string>> = {
  mailDomains: 'mail domains',
  people: 'people',
  certificates: 'certificates',
  partnerKeys: "partners' OpenPGP keys",
  partners: 'partners',
  keys: 'our keys',
  authorities: 'own authorities',
  anchors: 'trust anchors',
  operators: 'operators',
  pdfPairs: 'PDF passwords',
  pdfSettings: 'PDF settings',
};

/** The columns that people look for; `--json` has all. */
const COLUMNS: Readonly<Record<StateSection, readonly string[]>> = {
  mailDomains: ['id', 'enrolAtFirstNeed', 'certificatesPerPerson', 'language', 'sinceMs'],
  people: ['id', 'name', 'signatureCertificate', 'encryptionCertificate', 'openPgpKey'],
  certificates: ['id', 'addresses', 'usages', 'trust', 'revoked', 'notAfterMs', 'origin'],
  partnerKeys: ['id', 'addresses', 'usages', 'trust', 'expiresAtMs', 'origin'],
  partners: ['id', 'profile', 'announced'],
  keys: ['id', 'owner', 'technology', 'usage', 'state'],
  authorities: ['id', 'subject', 'crlNumber', 'revokedSerials', 'notAfterMs'],
  anchors: ['id', 'subject', 'notAfterMs'],
  operators: ['id', 'name', 'roles', 'state'],
  pdfPairs: ['id', 'origin', 'sinceMs', 'expiresAtMs', 'untilMs', 'passwords'],
  pdfSettings: ['id', 'company', 'passwordPer', 'form', 'bits', 'delivery', 'encryption'],
};

const CELL_CHARS_MAX = 40;

function cellOf(name: string, value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (name.endsWith('Ms')) return timeText(value as number).slice(0, 10);
  const text = Array.isArray(value) ? value.join(' ') : String(value);
  return text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX - 1)}…` : text;
}

const momentText = ({ position, atMs }: PastState): string =>
  `position ${position}${atMs === null ? '' : `, ${timeText(atMs)}`}`;

function stateLines(state: PastState): string[] {
  const lines = [`state at ${momentText(state)}`];
  for (const section of STATE_SECTIONS) {
    const rows = state[section].map((row) => COLUMNS[section].map((name) => cellOf(name, row[name])));
    const head = COLUMNS[section].map((name) => name.replace(/Ms$/, ''));
    lines.push('', `${NAMES[section]}: ${rows.length}`, ...(rows.length > 0 ? table(head, rows) : []));
  }
  const { ruleBook } = state;
  if (!ruleBook) return [...lines, '', 'rule book: none'];
  const { position, atMs, by, reason, book } = ruleBook;
  const published = `rule book: of position ${position}, ${timeText(atMs)} by ${by}: ${reason}`;
  return [...lines, '', published, ruleSourceOf(book).trimEnd()];
}

export const auditState: Command = {
  usage: 'audit state [--at TIME|POSITION]',
  does: 'the gateway as it was then: rules, people, domains, certificates, keys, authorities, operators',
  options: ['at'],
  async run(context) {
    const moment = momentOf(String(context.options.at ?? 'now'));
    const state = await withLedger(context, (ledger) => stateAt(ledger, moment));
    context.print(state, stateLines(state));
    return true;
  },
};

function ruleBookChanges({ from, to }: Changes): string[] {
  const before = from.ruleBook ? ruleSourceOf(from.ruleBook.book) : '';
  const after = to.ruleBook ? ruleSourceOf(to.ruleBook.book) : '';
  return lineDifference(before, after).map((line) => `${line.kind === 'added' ? '+' : '-'} ${line.text}`);
}

const MARKS = { added: '+', removed: '-', changed: '~' };

function changeLines(changes: Changes, ruleBook: readonly string[]): string[] {
  const lines = [`from ${momentText(changes.from)}`, `to   ${momentText(changes.to)}`, ''];
  for (const { section, id, kind, fields } of changes.differences) {
    const what = fields.map((f) => `${f.name}: ${JSON.stringify(f.before)} → ${JSON.stringify(f.after)}`);
    lines.push(`${MARKS[kind]} ${NAMES[section]}: ${id}`, ...what.map((text) => `    ${text}`));
  }
  if (ruleBook.length > 0) lines.push('~ rule book', ...ruleBook.map((line) => `    ${line}`));
  if (changes.differences.length + ruleBook.length === 0) lines.push('nothing differs');
  for (const { stream, events } of changes.streams) {
    const cells = events.map((e) => [`  ${e.position}`, timeText(e.atMs), e.kind, e.actor, e.reason]);
    lines.push('', stream, ...table(['  position', 'at', 'event', 'who', 'why'], cells).slice(1));
  }
  return lines;
}

export const auditDiff: Command = {
  usage: 'audit diff --from TIME|POSITION [--to TIME|POSITION]',
  does: 'what changed between two moments: who, when and why; the rule book line by line',
  options: ['from', 'to'],
  async run(context) {
    const from = momentOf(needed(context, 'from'));
    const to = momentOf(String(context.options.to ?? 'now'));
    if (from && to && 'atMs' in from && 'atMs' in to && to.atMs < from.atMs)
      throw new UsageError('--to is before --from');
    const changes = await withLedger(context, (ledger) => changesBetween(ledger, from, to));
    const ruleBook = ruleBookChanges(changes);
    context.print({ ...changes, ruleBook }, changeLines(changes, ruleBook));
    return true;
  },
};
