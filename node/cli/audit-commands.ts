/** `sealgate audit …`: export the log, verify an export without any gateway, read it as an auditor. */

import { exportLog } from '#node/audit/export-log.ts';
import { verifyExport } from '#node/audit/verify-export.ts';
import { ledgerClient } from '#node/ledger/client.ts';
import type { AuditRow } from '#node/web/admin-ports.ts';
import { type Command, table, timeText, UsageError } from './command.ts';

const ROWS = 100;

export const auditList: Command = {
  usage: 'audit [--search TEXT]',
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
  async run({ layout, print, words }) {
    const [file] = words;
    if (!file) throw new UsageError('a file is needed');
    const ledger = ledgerClient(layout.ledgerSocket);
    try {
      const done = await exportLog(ledger, file);
      print(done, [`written to ${file}`]);
    } finally {
      ledger.close();
    }
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
    print(report, [JSON.stringify(report)]);
    return report.ok;
  },
};
