/**
 * Takes in what `receive`, `protect` and `send` of this gateway tell, over two sockets (local-wire.ts).
 */
import { createReadStream, existsSync, type ReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { type IpcServer, ipcServer } from '#node/ipc/server.ts';
import type { Log } from '#node/log.ts';
import { isSpoolId } from '#node/spool/spool-id.ts';
import type { Drain } from './drain.ts';
import type { HolderNews } from './holder-news.ts';
import type { CopyAnswer, ProgressCalls, ShadowCalls, VerdictsAnswer } from './local-wire.ts';
import type { MailRegistry } from './mail-registry.ts';
import type { Mirror } from './mirror.ts';
import type { OwnSpool } from './own-spool.ts';
import type { Reconcile } from './reconcile.ts';
import { GATHER_MS } from './timing.ts';

const READ_BYTES = 64 * 1024; // Read ahead of the line no more than it takes: eight large mails at once stay small.

export interface MailNewsPorts {
  readonly layout: Layout;
  readonly registry: MailRegistry;
  readonly mirror: Mirror;
  readonly news: HolderNews;
  readonly ownSpool: OwnSpool;
  readonly reconcile: Reconcile;
  readonly drain: Pick<Drain, 'isHanding'>;
  /** Whether 250 waits for a copy. */
  readonly isRequired: () => boolean;
  readonly onDoubtful: (count: number) => void;
  readonly log: Log;
}

export interface MailNewsServers {
  stop(): Promise<void>;
}

export async function serveMailNews(ports: MailNewsPorts): Promise<MailNewsServers> {
  const { layout, registry, mirror, news, ownSpool, reconcile, log } = ports;
  const changed = new Set<string>();

  async function copy({ spoolId, sizeBytes, bytes }: ShadowCalls['copy']): Promise<CopyAnswer> {
    if (!isSpoolId(spoolId)) return { outcome: 'none' };
    const body = (): Uint8Array | ReadStream =>
      bytes ?? createReadStream(incomingOf(layout, spoolId), { highWaterMark: READ_BYTES });
    const end = await mirror.copy(spoolId, sizeBytes, body, ports.isRequired()).catch((error: Error) => {
      log.warn({ spoolId, error: error.message }, 'mail could not be copied');
      return { holder: null };
    });
    if (end === 'deposed') return { outcome: 'deposed' };
    // When it is refused for want of a copy, the comparison finds that it never was.
    registry.note(spoolId, end.holder);
    return { outcome: end.holder === null ? 'none' : 'copied' };
  }

  function take({ news: told }: ProgressCalls['news']): void {
    for (const one of told) {
      const end = registry.apply(one);
      if (end === 'done') {
        changed.delete(one.spoolId);
        reconcile.done(one.spoolId);
      } else if (end === 'progress') changed.add(one.spoolId);
    }
  }

  /** Most mails are done before anyone has to know how far they are. */
  const timer = setInterval(() => {
    for (const id of changed) {
      const holder = registry.get(id)?.holder;
      const progress = holder ? registry.progressOf(id) : null;
      if (!holder || !progress) continue;
      registry.toldProgress(progress);
      news.progress(holder, progress);
    }
    changed.clear();
  }, GATHER_MS);

  const onFault = (error: unknown, method: string): void =>
    log.error({ method, error: (error as Error).stack }, 'fault');
  const servers: IpcServer[] = [
    await ipcServer(layout.shadowSocket, { calls: { copy }, onFault }),
    await ipcServer(layout.progressSocket, {
      calls: {
        news: take,
        doubtful: ({ count }: ProgressCalls['doubtful']) => ports.onDoubtful(count),
        verdicts: ({ ids }: ProgressCalls['verdicts']): VerdictsAnswer => ({
          verdicts: ids.map((id) => (ports.drain.isHanding(id) ? 'wait' : ownSpool.verdict(id))),
        }),
      },
      onFault,
    }),
  ];
  return {
    async stop() {
      clearInterval(timer);
      for (const server of servers) await server.close();
    },
  };
}

/** Where a mail comes in: by SMTP, or from the portal. */
function incomingOf({ spoolIncoming, deskIncoming }: Layout, spoolId: string): string {
  const [mail, answer] = [spoolIncoming, deskIncoming].map((folder) => join(folder, `${spoolId}.tmp`));
  return existsSync(answer!) ? answer! : mail!;
}
