/**
 * The one entry: `main.ts start` supervises all processes of a gateway, `main.ts <process>` is one of them
 * (for systemd), any other word belongs to the command line tool.
 *
 *   main.ts <word> [--config sealgate.yaml] [--data folder] …
 */
import { parseArgs } from 'node:util';
import { layoutOf } from '#node/config/layout.ts';
import { loadSettings, SettingsError } from '#node/config/load-settings.ts';
import { processLog } from '#node/log.ts';
import type { ProcessContext, RunningProcess, StartProcess } from '#node/process.ts';
import { superviseGateway } from '#node/supervisor.ts';

/** Each process loads only its own code: what `receive` does not import it cannot be tricked into using. */
const PROCESSES: Record<string, () => Promise<{ start: StartProcess }>> = {
  ledger: () => import('#node/ledger/start.ts'),
  keys: () => import('#node/keys/start.ts'),
  peer: () => import('#node/peer/start.ts'),
  receive: () => import('#node/receive/start.ts'),
  protect: () => import('#node/protect/start.ts'),
  send: () => import('#node/send/start.ts'),
  fetch: () => import('#node/fetch/start.ts'),
  render: () => import('#node/render/start.ts'),
  web: () => import('#node/web/start.ts'),
  mailbox: () => import('#node/mailbox/start.ts'),
  portal: () => import('#node/portal/start.ts'),
};

function contextOf(word: string, args: string[]): ProcessContext {
  const { values } = parseArgs({ args, options: { config: { type: 'string' }, data: { type: 'string' } } });
  const settings = loadSettings(values.config, values.data);
  return { settings, layout: layoutOf(settings.data), log: processLog(word) };
}

function stopOnSignals(running: RunningProcess, context: ProcessContext): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    running.stop().then(
      () => process.exit(0),
      (error: Error) => {
        context.log.error({ error: error.message }, 'stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Under the supervisor: when it dies its processes must not go on alone.
  if (process.channel) process.on('disconnect', stop);
}

async function main(): Promise<void> {
  const [word = 'help', ...args] = process.argv.slice(2);
  try {
    const load = Object.hasOwn(PROCESSES, word) ? PROCESSES[word] : undefined;
    if (load) {
      const context = contextOf(word, args);
      const { start } = await load();
      const running = await start(context);
      stopOnSignals(running, context);
      process.send?.('ready');
    } else if (word === 'start') {
      const context = contextOf(word, args);
      stopOnSignals(await superviseGateway(context, args), context);
    } else {
      const { commandLine } = await import('#node/cli/command-line.ts');
      process.exitCode = await commandLine([word, ...args]);
    }
  } catch (error) {
    if (error instanceof SettingsError) {
      console.error(error.message);
      process.exit(2);
    }
    throw error;
  }
}

await main();
