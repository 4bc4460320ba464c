/**
 * Writes the whole log, up to the head of now, to a file for an auditor (export-format.ts).
 *
 * The file appears under its name when it is complete and synced. It holds what the log holds: secrets as ciphertext.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Position } from '#consensus/event-log.ts';
import type { SignedHead } from '#consensus/signed-head.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { eventLine, headerLine, headLine } from './export-format.ts';
import { readUntil } from './read-until.ts';

const CHECKPOINTS_A_TIME = 100;
const WRITE_CHARS = 1024 * 1024;

/** What an export asks of the ledger. */
export type ExportSource = Pick<LedgerPort, 'identity' | 'signers' | 'read' | 'checkpoints' | 'signExport'>;

/** Fit for JSON. */
export interface Exported {
  /** Position of the last event, which is their number. */
  readonly events: string;
  /** Hash of the last event, hex. */
  readonly head: string;
  readonly exportedAtMs: number;
}

export async function exportLog(ledger: ExportSource, path: string): Promise<Exported> {
  const made = `${path}.part`;
  const file = await open(made, 'w', 0o600);
  try {
    const { position, hash, atMs } = await writeExport(ledger, file);
    await file.sync();
    await file.close();
    await rename(made, path);
    return { events: String(position), head: Buffer.from(hash).toString('hex'), exportedAtMs: atMs };
  } catch (error) {
    await file.close();
    await rm(made, { force: true });
    throw error;
  }
}

async function writeExport(ledger: ExportSource, file: FileHandle): Promise<SignedHead> {
  const { clusterId } = await ledger.identity();
  const head = await ledger.signExport();
  const checkpoints = checkpointsUntil(ledger, head.position);
  let checkpoint = await checkpoints.next();
  const signers = Object.entries(await ledger.signers());
  const keys = signers.map(([node, raw]) => [node, Buffer.from(raw).toString('base64url')] as const);
  let text = headerLine(clusterId, Object.fromEntries(keys));
  for await (const event of readUntil(ledger, { position: head.position })) {
    text += eventLine(event);
    while (!checkpoint.done && checkpoint.value.position <= event.position) {
      text += headLine('checkpoint', checkpoint.value);
      checkpoint = await checkpoints.next();
    }
    if (text.length >= WRITE_CHARS) {
      await file.writeFile(text);
      text = '';
    }
  }
  await file.writeFile(text + headLine('end', head));
  return head;
}

async function* checkpointsUntil(ledger: ExportSource, last: Position): AsyncGenerator<SignedHead> {
  for (let from = 1n; ; ) {
    const piece = await ledger.checkpoints(from, CHECKPOINTS_A_TIME);
    for (const checkpoint of piece) {
      if (checkpoint.position > last) return;
      yield checkpoint;
      from = checkpoint.position + 1n;
    }
    if (piece.length === 0) return;
  }
}
