/**
 * A writer to be killed, traced and starved: opens the log of argv[2] and appends, telling each step on standard output.
 *
 *   argv[3]  one: one append at a time; many: WRITERS at once, for ever
 *   argv[4]  with `one`: how many appends; an append that fails is told and not repeated
 *
 * Lines: `open <head>`, `call <n>`, `ack <n> <position> <id>`, `fail <n> <code>`, `status <writable> <head> <reason>`.
 */
import { writeSync } from 'node:fs';
import type { LogError } from '#consensus/event-log.ts';
import { draft, openLog } from './scratch-log.ts';

const WRITERS = 8;

const [, , folder, mode, count] = process.argv;
const say = (...words: unknown[]): void => {
  writeSync(1, `${words.join(' ')}\n`);
};

const log = await openLog(folder!, { freeBytesMin: 0 });
say('open', log.status().localHead);
let n = 0;

async function appendOne(): Promise<void> {
  const mine = ++n;
  const one = draft(`thing/${mine % 5}`, { payload: Buffer.alloc(mine % 700, 0x61) });
  say('call', mine);
  try {
    const { first } = await log.append([one], { expect: 'any' });
    say('ack', mine, first, one.id);
  } catch (error) {
    say('fail', mine, (error as LogError).code);
  }
}

async function appendForEver(): Promise<never> {
  for (;;) await appendOne();
}

if (mode === 'many') await Promise.all(Array.from({ length: WRITERS }, appendForEver));
for (let i = 0; i < Number(count); i++) await appendOne();
const { writable, localHead, reason } = log.status();
say('status', writable, localHead, reason);
process.exit(0); // As a crash: nothing is closed.
