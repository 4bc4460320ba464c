/**
 * Which mails are in a worker at this moment, in a file: after an unclean end these, and only these, are suspects.
 *
 * One line a place, written over in the page cache (a few microseconds) and never synced: it has to survive the process,
 * not the machine; after a power cut nobody is suspected, and the attempt marks of the dispatcher still count.
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';

const LINE_OCTETS = 128; // A spool id has at most 80 octets of node name and 43 more.

export interface UnderWay {
  /** Those of an earlier run that did not end cleanly. */
  readonly suspects: ReadonlySet<string>;
  /** The mail begins; the result ends it. */
  begin(spoolId: string): () => void;
  /** A clean end: nobody is suspected at the next start. */
  close(): void;
}

export function openUnderWay(path: string): UnderWay {
  const before = existsSync(path) ? readFileSync(path, 'latin1').split('\n') : [];
  const suspects = new Set(before.map((line) => line.trim()).filter((line) => line !== ''));
  const fd = openSync(path, 'w', 0o600);
  const free: number[] = [];
  let places = 0;
  const write = (place: number, text: string): void => {
    writeSync(fd, `${text.padEnd(LINE_OCTETS - 1)}\n`, place * LINE_OCTETS, 'latin1');
  };
  return {
    suspects,
    begin(spoolId) {
      const place = free.pop() ?? places++;
      write(place, spoolId);
      return () => {
        write(place, '');
        free.push(place);
      };
    },
    close() {
      closeSync(fd);
      rmSync(path, { force: true });
    },
  };
}
