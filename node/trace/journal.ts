/**
 * Trace journal of one process: what happened to each mail, one JSON object a line, for the management's pages.
 *
 * Shape:  files of lines below `folder`, of a bounded size (rotated-file.ts).
 * Loss:   never synced, and gathered for GATHER_MS: a crash costs the last lines. The mails themselves are elsewhere.
 * Errors: a journal that cannot be written never stops a mail: `onError` is told once per row of failures, lines are
 *         dropped until writing works again.
 */
import { type RotatedFileOptions, rotatedFile } from './rotated-file.ts';

/** The processes that keep one, by its name. */
export const JOURNALS = ['receive', 'protect', 'send'] as const;
export type JournalName = (typeof JOURNALS)[number];

/** How long a mail can be found, here and in the copies on other gateways. */
export const TRACE_KEPT_MS = 90 * 86_400_000;

const GATHER_MS = 25; // One write for what happens together; a page that follows the journal sees no delay.
const GATHERED_BYTES_MAX = 256 * 1024;

export interface Journal {
  write(record: object): void;
  /** Writes what was gathered. Nothing may be written afterwards. */
  close(): void;
}

export interface JournalOptions extends RotatedFileOptions {
  readonly onError: (error: Error) => void;
}

export function openJournal(folder: string, name: string, options: JournalOptions): Journal {
  const { onError } = options;
  const file = rotatedFile(folder, name, options);
  let lines: string[] = [];
  let gatheredBytes = 0;
  let timer: NodeJS.Timeout | null = null;
  let failing = false;

  function flush(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (lines.length === 0) return;
    const bytes = Buffer.from(lines.join(''));
    lines = [];
    gatheredBytes = 0;
    try {
      file.append(bytes);
      failing = false;
    } catch (error) {
      if (!failing) onError(error as Error);
      failing = true;
    }
  }

  return {
    write(record) {
      const line = `${JSON.stringify(record)}\n`;
      lines.push(line);
      gatheredBytes += line.length;
      if (gatheredBytes > GATHERED_BYTES_MAX) flush();
      else timer ??= setTimeout(flush, GATHER_MS);
    },
    close() {
      flush();
      file.close();
    },
  };
}
