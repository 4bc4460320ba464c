/**
 * `web` asks other gateways through its gateway's `peer` process.
 *
 * Errors: never rejects; null is no answer, of the other gateway or of `peer`, within ASK_OTHERS_MS and a little.
 */
import type { Layout } from '#node/config/layout.ts';
import { ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import type { DrainState } from '#node/shadow/drain-protocol.ts';
import { ASK_OTHERS_MS, type OthersCalls } from './others-wire.ts';

const LIMIT_MS = ASK_OTHERS_MS + 500; // `peer` itself may be away.

export interface OthersClient {
  trace(node: string, question: string): Promise<string | null>;
  drain(node: string, on: boolean | null): Promise<DrainState | null>;
  close(): void;
}

export function othersClient(layout: Layout): OthersClient {
  const ipc = ipcClient(layout.othersSocket, tokenFileOf(layout.othersSocket));
  return {
    trace: (node, question) => inTime(ipc.call('trace', { node, question } satisfies OthersCalls['trace'])),
    drain: (node, on) => inTime(ipc.call('drain', { node, on } satisfies OthersCalls['drain'])),
    close: () => ipc.close(),
  };
}

async function inTime<T>(asked: Promise<T | null>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, LIMIT_MS, null);
  });
  try {
    return await Promise.race([asked.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
