/**
 * What each process of the gateway is to `main.ts`: a start that resolves when it is ready, and a clean stop.
 */
import type { Layout } from '#node/config/layout.ts';
import type { Settings } from '#node/config/settings.ts';
import type { Log } from '#node/log.ts';

export interface ProcessContext {
  readonly settings: Settings;
  readonly layout: Layout;
  readonly log: Log;
}

export interface RunningProcess {
  /** Finishes what is under way, syncs, closes. Resolves within some seconds. */
  stop(): Promise<void>;
}

/** Every `node/<process>/start.ts` exports one of these as `start`. Resolves once the process serves. */
export type StartProcess = (context: ProcessContext) => Promise<RunningProcess>;
