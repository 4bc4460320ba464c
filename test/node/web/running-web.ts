/** The management inside the test's own process, on free ports and a scratch data folder, over ports in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Role } from '#domain/operators/role.ts';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import { settingsSchema } from '#node/config/settings.ts';
import { type AskGateways, allTraces } from '#node/web/all-traces.ts';
import { heldTraces } from '#node/web/held-traces.ts';
import { hashPassword } from '#node/web/password.ts';
import { startWebServer } from '#node/web/web-server.ts';
import { type DemoState, demoPorts, demoState } from './demo-ports.ts';

export const PASSWORD = 'correct horse battery';

export interface RunningWeb {
  readonly url: string;
  readonly layout: Layout;
  readonly state: DemoState;
  /** Moves the server's clock. */
  advance(ms: number): void;
  /** An operator with PASSWORD. */
  addOperator(id: string, roles: readonly Role[], over?: { mustChange?: boolean }): Promise<void>;
  dispose(): Promise<void>;
}

interface RunningWebOptions {
  readonly pageRoot?: string;
  /** Called before the journals are first read. */
  readonly prepare?: (layout: Layout) => void;
}

export async function runningWeb({ pageRoot, prepare }: RunningWebOptions = {}): Promise<RunningWeb> {
  const root = await mkdtemp(join(tmpdir(), 'sealgate-web-'));
  const layout = layoutOf(root);
  const settings = settingsSchema.parse({ data: root, web: { port: 0 }, tryOut: true });
  const log = pino({ level: 'silent' });
  prepare?.(layout);
  const state = demoState();
  const held = await heldTraces(layout, log);
  const alone: AskGateways = async (question) => [
    { node: '', name: '', sources: (await held.answer(question)).sources },
  ];
  const trace = allTraces((question) => (state.askTraces ?? alone)(question));
  let clockMs = 0;
  const now = (): number => Date.now() + clockMs;
  const server = await startWebServer(
    { settings, layout, log },
    {
      ports: demoPorts(state),
      trace,
      publications: () => null,
      now,
      ...(pageRoot === undefined ? {} : { pageRoot }),
    },
  );
  const passwordHash = await hashPassword(PASSWORD);
  return {
    url: server.url,
    layout,
    state,
    advance(ms) {
      clockMs += ms;
    },
    async addOperator(id, roles, { mustChange = false } = {}) {
      state.operators.set(id, { id, name: '', roles, enabled: true, mustChange, passwordHash });
    },
    async dispose() {
      await server.stop();
      await held.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
