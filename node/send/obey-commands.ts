/**
 * Obeys the commands that operators leave as files (node/queue/queue-command.ts), in the order of their names.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '#node/log.ts';
import { COMMAND_SUFFIX, type QueueCommand, queueCommandSchema } from '#node/queue/queue-command.ts';
import { domainOf } from './routes.ts';
import type { Scheduler } from './scheduler.ts';
import type { SendTrace, SendTraceRecord } from './send-trace.ts';
import type { Settlement } from './settlement.ts';
import { type StateJournal, stateOf } from './state-journal.ts';

export interface CommandPorts {
  readonly folder: string;
  readonly journal: StateJournal;
  readonly scheduler: Pick<Scheduler, 'tryNow' | 'wish'>;
  readonly settlement: Pick<Settlement, 'removed'>;
  readonly trace: SendTrace;
  readonly now: () => number;
  readonly log: Log;
}

/** Takes the names of files in the command folder. */
export function commandsObeyed(ports: CommandPorts): (name: string) => void {
  const { journal } = ports;
  const known = new Set<string>();
  let last: Promise<void> = Promise.resolve();

  return (name) => {
    if (!name.endsWith(COMMAND_SUFFIX) || known.has(name)) return;
    known.add(name);
    last = last
      .then(() => obeyFile(name))
      .catch((error: Error) => ports.log.error({ error: error.message }, 'queue command failed'))
      .finally(() => known.delete(name));
  };

  async function obeyFile(name: string): Promise<void> {
    const path = join(ports.folder, name);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // The notification of our own removal.
      throw error;
    }
    const command = parseCommand(text);
    if (command) await obey(command);
    else ports.log.warn('unreadable queue command dropped');
    rmSync(path, { force: true });
  }

  async function obey(command: QueueCommand): Promise<void> {
    switch (command.command) {
      case 'retry':
        ports.scheduler.tryNow((queueId) => queueId === command.queueId);
        return;
      case 'flush': {
        const domain = domainOf(`@${command.domain}`);
        ports.scheduler.tryNow((_queueId, mentionsDomain) => mentionsDomain(domain));
        return;
      }
      case 'hold':
        if (!ports.scheduler.wish(command.queueId, 'hold')) await setHeld(command.queueId, true);
        tell('held', command);
        return;
      case 'release':
        await setHeld(command.queueId, false);
        tell('released', command);
        ports.scheduler.tryNow((queueId) => queueId === command.queueId);
        return;
      case 'delete':
        tell('removed', command);
        if (!ports.scheduler.wish(command.queueId, 'delete')) await ports.settlement.removed(command.queueId);
    }
  }

  async function setHeld(queueId: string, held: boolean): Promise<void> {
    const mail = journal.waiting.get(queueId);
    if (mail) await journal.put({ ...stateOf(mail), held, nextAtMs: ports.now() });
  }

  function tell(event: SendTraceRecord['event'], command: { queueId: string; by: string }): void {
    const mail = journal.waiting.get(command.queueId);
    const state = mail ? stateOf(mail) : null;
    ports.trace({
      atMs: ports.now(),
      event,
      spoolId: state?.spoolId ?? '',
      queueId: command.queueId,
      traceId: state?.traceId ?? '',
      recipients: state?.recipients.map((recipient) => recipient.address) ?? [],
      nextHop: '',
      reply: '',
      tls: null,
      attempts: state?.attempts ?? 0,
      by: command.by,
    });
  }
}

function parseCommand(text: string): QueueCommand | null {
  try {
    return queueCommandSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
