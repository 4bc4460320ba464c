/**
 * Commands to the sending process: small JSON files in a folder, the only way others can talk to it.
 *
 * The file is complete when it has its name. The sender obeys in the order of the names and removes each file when
 * its effect is durable; a command for a mail that has left meanwhile does nothing.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Layout } from '#node/config/layout.ts';
import { isQueueId } from './queue-header.ts';

const DOMAIN_CHARS_MAX = 255; // RFC 5321 §4.5.3.1.2
const BY_CHARS_MAX = 200;

const by = z.string().max(BY_CHARS_MAX);
const queueId = z.string().refine(isQueueId, 'not a queue id');

export const queueCommandSchema = z.discriminatedUnion('command', [
  /** Try it now. */
  z.strictObject({ command: z.literal('retry'), queueId, by }),
  /** Do not try it until it is released. */
  z.strictObject({ command: z.literal('hold'), queueId, by }),
  z.strictObject({ command: z.literal('release'), queueId, by }),
  /** Drop it without a report to its sender. */
  z.strictObject({ command: z.literal('delete'), queueId, by }),
  /** Try everything for a domain now. */
  z.strictObject({ command: z.literal('flush'), domain: z.string().min(1).max(DOMAIN_CHARS_MAX), by }),
]);

/** `by` says who wants it, for the trace: `operator/<id>` or `cli`. */
export type QueueCommand = z.infer<typeof queueCommandSchema>;

export const COMMAND_SUFFIX = '.json';

/** Leaves a command for the sender. It is obeyed within a moment while the sender runs, else at its start. */
export function dropQueueCommand(layout: Layout, command: QueueCommand, nowMs: number): void {
  const checked = queueCommandSchema.parse(command);
  mkdirSync(layout.queueCommands, { recursive: true, mode: 0o700 });
  const name = `${nowMs.toString().padStart(15, '0')}-${randomBytes(6).toString('hex')}`;
  const draft = join(layout.queueCommands, `${name}.tmp`);
  writeFileSync(draft, JSON.stringify(checked), { mode: 0o600 });
  renameSync(draft, join(layout.queueCommands, `${name}${COMMAND_SUFFIX}`));
}
