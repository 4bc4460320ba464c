/**
 * The traces that lie on this gateway: its own, and the copies of other gateways' that it keeps for them. Answers the
 * questions of trace-question.ts from an index each.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import type { Log } from '#node/log.ts';
import { openTraceIndex, type TraceIndex } from './trace-index.ts';
import type { TraceAnswer, TraceAnswerSource, TraceQuestion } from './trace-question.ts';

const OWNER = /^[a-z0-9-]{1,80}$/;

export interface HeldTraces {
  answer(question: TraceQuestion): Promise<TraceAnswer>;
  close(): Promise<void>;
}

export async function heldTraces(layout: Layout, log: Log): Promise<HeldTraces> {
  const folders = { journals: layout.trace, index: join(layout.web, 'trace-index') };
  const own = await openTraceIndex(folders, log);
  const copies = new Map<string, Promise<TraceIndex>>();
  const indexOf = (owner: string): string => join(layout.web, 'trace-copies', owner);

  /** Copies come and go while this process runs; an index goes with its journals. */
  async function copied(): Promise<[string, TraceIndex][]> {
    const owners = namesIn(layout.traceCopies).filter((name) => OWNER.test(name));
    for (const owner of owners) {
      const journals = join(layout.traceCopies, owner);
      if (!copies.has(owner)) copies.set(owner, openTraceIndex({ journals, index: indexOf(owner) }, log));
    }
    for (const [owner, index] of copies) {
      if (owners.includes(owner)) continue;
      copies.delete(owner);
      await (await index).close();
      rmSync(indexOf(owner), { recursive: true, force: true });
    }
    return Promise.all(
      [...copies].map(async ([owner, index]): Promise<[string, TraceIndex]> => [owner, await index]),
    );
  }

  return {
    async answer(question) {
      const sources = [[null, own] as const, ...(await copied())];
      return { sources: await Promise.all(sources.map(([of, index]) => answerFrom(of, index, question))) };
    },
    async close() {
      for (const index of [own, ...copies.values()]) await (await index).close();
    },
  };
}

async function answerFrom(
  of: string | null,
  index: TraceIndex,
  question: TraceQuestion,
): Promise<TraceAnswerSource> {
  switch (question.ask) {
    case 'find': {
      const { moments, next } = await index.find(question);
      return { of, moments: [...moments], next, mails: [] };
    }
    case 'parts':
      return { of, moments: [], next: null, mails: [...(await index.parts(question.spoolIds))] };
  }
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
