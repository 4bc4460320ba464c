/** `sealgate audit …`: export the log, verify an export without any gateway, read it as an auditor. */
import { createHash } from 'node:crypto';
import { exportLog } from '#node/audit/export-log.ts';
import { type AuditReport, verifyExport } from '#node/audit/verify-export.ts';
import type { AuditRow } from '#node/web/audit-admin-port.ts';
import { withLedger } from './audit-history.ts';
import { type Command, table, timeText, UsageError } from './command.ts';

const ROWS = 100;

export const auditList: Command = {
  usage: 'audit [--search TEXT] [--actor TEXT]',
  does: 'the newest events: who changed what, when and why',
  options: ['search', 'actor'],
  async run({ admin, print, options }) {
    const page = await admin.query<{ rows: AuditRow[] }>('audit.events', {
      search: String(options.search ?? ''),
      actor: String(options.actor ?? ''),
      limit: ROWS,
    });
    const cells = page.rows.map((r) => [r.position, timeText(r.atMs), r.kind, r.stream, r.actor, r.reason]);
    print(page.rows, table(['position', 'at', 'event', 'stream', 'who', 'why'], cells));
    return true;
  },
};

export const auditExport: Command = {
  usage: 'audit export FILE',
  does: 'writes the whole log with its chain, signatures and checkpoints to a file',
  async run(context) {
    const [file] = context.words;
    if (!file) throw new UsageError('a file is needed');
    const done = await withLedger(context, (ledger) => exportLog(ledger, file));
    context.print(done, [
      `${done.events} events written to ${file}`,
      `signed ${timeText(done.exportedAtMs)}, newest event ${done.head}`,
    ]);
    return true;
  },
};

export const auditVerify: Command = {
  usage: 'audit verify FILE',
  does: 'checks an export offline; names the first wrong position; exit code 1 when it is not whole',
  async run({ print, words }) {
    const [file] = words;
    if (!file) throw new UsageError('a file is needed');
    const report = await verifyExport(file);
    print(report, verdictLines(report));
    return report.ok;
  },
};

function verdictLines({
  firstWrong,
  events,
  checkpoints,
  exportedAtMs,
  clusterId,
  keys,
}: AuditReport): string[] {
  const found = `${events} events and ${checkpoints} checkpoints are right`;
  const signers = keys.map(({ node, fingerprint }) => `signed by ${node}, key ${fingerprint}`);
  if (firstWrong) {
    const { position, line, problem } = firstWrong;
    const where = position === '0' ? 'the header' : `position ${position}`;
    return [`NOT WHOLE: ${where} (line ${line}): ${problem}`, `before it ${found}`, ...signers];
  }
  return [
    `whole: ${found}, none is missing up to the export of ${timeText(exportedAtMs)}`,
    `log ${clusterId}`,
    ...signers,
    'Compare the key with what the gateway itself shows: sealgate audit key',
  ];
}

export const auditKey: Command = {
  usage: 'audit key',
  does: 'the public key that this gateway signs its log with, to be kept apart from any export',
  async run(context) {
    const { node, publicKey, clusterId } = await withLedger(context, (ledger) => ledger.identity());
    const fingerprint = createHash('sha256').update(publicKey).digest('hex');
    context.print({ node, clusterId, publicKey: Buffer.from(publicKey).toString('base64url'), fingerprint }, [
      `${node}, key ${fingerprint}`,
      `log ${clusterId}`,
    ]);
    return true;
  },
};
