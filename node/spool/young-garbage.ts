/**
 * Large mails leave a piece of 64 KB in garbage with every step. The pieces lie outside V8's heap, so V8 is in no hurry to
 * collect them: with eight mails of 50 MB under way they were half of a process's peak. A young collection every few
 * megabytes (about a millisecond each) gives them back while they are few.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const COLLECT_EVERY_BYTES = 8 * 1024 * 1024; // A hundredth of a second's work of a thread; small mails count nothing.

let collect: ((options: { type: 'minor' }) => void) | null = null;
let leftBytes = 0;

/** After each whole chunk that was made in this thread. */
export function leftBehind(bytes: number): void {
  leftBytes += bytes;
  if (leftBytes < COLLECT_EVERY_BYTES) return;
  leftBytes = 0;
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as typeof collect;
  }
  collect?.({ type: 'minor' });
}
