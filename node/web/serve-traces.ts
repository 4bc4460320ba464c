/** Answers what other gateways ask about the traces here; their questions come through `peer`. */
import type { Layout } from '#node/config/layout.ts';
import { type IpcServer, ipcServer } from '#node/ipc/server.ts';
import type { Log } from '#node/log.ts';
import type { HeldTraces } from './held-traces.ts';
import { traceQuestionSchema } from './trace-question.ts';

export function serveTraces(layout: Layout, held: HeldTraces, log: Log): Promise<IpcServer> {
  return ipcServer(layout.traceSocket, {
    calls: {
      async answer({ question }: { question: string }): Promise<string> {
        const asked = traceQuestionSchema.safeParse(parsed(question));
        if (!asked.success) throw Object.assign(new Error('not understood'), { code: 'malformed' });
        return JSON.stringify(await held.answer(asked.data));
      },
    },
    onFault: (error, method) => log.error({ method, error: (error as Error).stack }, 'fault'),
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
