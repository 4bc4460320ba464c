/** Health of the gateway: who answers on its socket or port, what the log says, what waits on disk. */
import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { PdfWait } from '#domain/mail/line.ts';
import { lives } from '#node/alive-mark.ts';
import type { Layout } from '#node/config/layout.ts';
import { answers } from '#node/ipc/answers.ts';
import type { ClusterClient } from '#node/ledger/cluster-client.ts';
import { type LineState, readLineState } from '#node/protect/line-state.ts';
import { listQueue } from '#node/queue/queue-tools.ts';
import { readCounts } from '#node/shadow/counts-file.ts';
import { heldMails, isDamaged } from '#node/spool/hold-folder.ts';
import { VERSION } from '#node/version.ts';
import type { GatewayStatus, ProcessStatus, StatusPort } from '#node/web/status-admin-port.ts';
import { clusterGlance } from './cluster-glance.ts';
import type { PortParts } from './parts.ts';

export function statusPort(
  parts: PortParts & { readonly cluster: Pick<ClusterClient, 'view' | 'details'> },
): StatusPort {
  const { settings, layout, ledger } = parts;
  const glance = clusterGlance(parts, parts.cluster);
  return {
    async status(): Promise<GatewayStatus> {
      const listener = settings.receive.listeners[0];
      const probes: [ProcessStatus['name'], Promise<boolean>][] = [
        ['ledger', answers({ path: layout.ledgerSocket })],
        ['keys', answers({ path: layout.keysSocket })],
        ['fetch', answers({ path: layout.fetchSocket })],
        ['receive', answers({ host: listener?.address, port: listener?.port ?? 0 })],
        ['protect', lives(layout.protectAlive)],
        ['send', lives(layout.sendAlive)],
        ['web', Promise.resolve(true)],
      ];
      const inCluster = existsSync(layout.clusterFile);
      if (settings.render) probes.push(['render', answers({ path: layout.renderSocket })]);
      if (settings.tryOut) probes.push(['mailbox', answers({ path: layout.mailboxSocket })]);
      if (inCluster) probes.push(['peer', answers({ path: layout.shadowSocket })]);
      const processes = await Promise.all(
        probes.map(async ([name, up]): Promise<ProcessStatus> => {
          if (!(await up)) return { name, state: 'down', sinceMs: null, detail: 'does not answer' };
          if (name === 'receive' && spoolIsBroken(layout)) {
            return {
              name,
              state: 'down',
              sinceMs: null,
              detail: 'the disk failed a sync: no mail is accepted',
            };
          }
          return { name, state: 'ready', sinceMs: null, detail: '' };
        }),
      );
      const disk = statfsSync(layout.root);
      const queue = listQueue(layout);
      const held = heldMails(layout);
      return {
        node: settings.node,
        hostname: settings.hostname,
        version: VERSION,
        tryOut: settings.tryOut,
        processes,
        log: await logStatus(parts),
        spool: {
          waiting: countOf(layout.spoolReady, '.sgf'),
          held: held.length,
          damaged: held.filter(({ holdId }) => isDamaged(holdId)).length,
          undecided: held.filter((one) => !isDamaged(one.holdId) && !one.held?.pdfWait).length,
          freeBytes: disk.bavail * disk.bsize,
        },
        queue: {
          waiting: queue.fresh.length + queue.deferred.length,
          deferred: queue.deferred.length,
          oldestMs: queue.deferred[0]?.queuedAtMs ?? null,
        },
        line: withPdfWaits(readLineState(layout), held),
        copies: inCluster ? readCounts(layout.shadowCounts) : null,
        listeners: settings.receive.listeners.map(({ name, address, port, zone }) => ({
          name,
          address,
          port,
          zone,
        })),
        cluster: await glance().catch(() => null), // The process list tells it.
      };
    },
  };

  async function logStatus({ ledger: from }: Pick<PortParts, 'ledger'>): Promise<GatewayStatus['log']> {
    try {
      const [status, head] = await Promise.all([from.status(), ledger.head()]);
      return {
        mode: status.mode,
        head: head.position.toString(),
        headHash: Buffer.from(head.hash).toString('hex'),
        writable: status.writable,
        reason: status.reason,
        damagedAt: status.damagedAt?.toString() ?? null,
        notice: status.notice,
      };
    } catch {
      return null; // The process list tells it.
    }
  }
}

const PDF_WAITS: Readonly<Record<PdfWait['why'], string>> = {
  registration: '', // The partner's turn: nothing is to be mended.
  quorum: 'the password of a PDF has to be made first, and the log takes no changes now',
  messenger: 'the messenger has not taken the password of a PDF yet',
};

/** Held mails that wait for the gateway, not for a person, are told beside those in the line. */
function withPdfWaits(line: LineState, held: ReturnType<typeof heldMails>): LineState {
  const reasons = held.flatMap(({ held: mail }) => (mail?.pdfWait ? [PDF_WAITS[mail.pdfWait.why]] : []));
  const counts = Object.entries(Object.groupBy(reasons, (reason) => reason));
  const waits = counts.flatMap(([reason, all = []]) =>
    reason === '' ? [] : [{ reason, mails: all.length }],
  );
  return { ...line, waits: [...line.waits, ...waits] };
}

/** `receive` tells it by a file: there is no other way from there to here. */
function spoolIsBroken(layout: Layout): boolean {
  try {
    const told = JSON.parse(readFileSync(join(layout.trace, 'receive.state.json'), 'utf8')) as {
      state?: string;
    };
    return told.state === 'broken';
  } catch {
    return false; // Not told yet.
  }
}

function countOf(folder: string, ending: string): number {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(ending)).length : 0;
}
