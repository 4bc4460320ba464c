/**
 * Chromium for one mail: started, asked for a PDF, killed. It never sees a second mail, and has a budget of time and
 * memory; what it leaves behind is removed.
 *
 * Errors: never rejects; whatever goes wrong is `failed` with words for the trace.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { PAGES_MAX } from '#node/pdf/layout/page-flow.ts';
import { readPages } from '#node/pdf/read/read-pages.ts';
import type { Confinement } from './confinement.ts';
import { DevTools } from './devtools.ts';
import type { PrintEnd, PrintRequest } from './port.ts';
import { printPage } from './print-page.ts';
import { killGroup, memoryOf } from './process-group.ts';

export interface ChromiumSettings {
  readonly program: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

const LOOK_MS = 200;
/** No port, no call home, nothing on disk but the profile, no name that resolves. */
const ARGUMENTS = [
  '--headless',
  '--remote-debugging-pipe',
  '--blink-settings=scriptEnabled=false',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--proxy-server=http://127.0.0.1:9',
  ...['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--disable-extensions', '--disable-default-apps', '--disable-breakpad', '--disable-crash-reporter'],
  ...[
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--no-default-browser-check',
    '--mute-audio',
  ],
  ...['--hide-scrollbars', '--font-render-hinting=none', '--password-store=basic'],
];

export async function printOnce(
  request: PrintRequest,
  settings: ChromiumSettings,
  confinement: Confinement,
  sandbox: boolean,
): Promise<PrintEnd> {
  const profile = mkdtempSync(join(tmpdir(), 'sealgate-render-'));
  if (confinement.user !== null) chownSync(profile, confinement.user, confinement.user);
  const child = launch(settings.program, profile, confinement, sandbox);
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const tools = new DevTools(child.stdio[3] as Writable, child.stdio[4] as Readable);
  child.on('error', (error) => tools.end(error));
  const budget = watchBudget(child, settings, tools);
  try {
    const { pdf, scale } = await printPage(tools, request);
    const pages = readPages(pdf, PAGES_MAX);
    if (pages === null) return { kind: 'failed', why: 'the browser made a PDF that cannot be read' };
    return { kind: 'printed', pages, scale };
  } catch (error) {
    return {
      kind: 'failed',
      why: budget.exceeded() ?? `the browser: ${(error as Error).message.slice(0, 100)}`,
    };
  } finally {
    budget.stop();
    if (child.pid !== undefined) {
      killGroup(child.pid);
      await gone;
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
  }
}

function launch(program: string, profile: string, { prefix }: Confinement, sandbox: boolean): ChildProcess {
  const own = [program, ...ARGUMENTS, `--user-data-dir=${profile}`, ...(sandbox ? [] : ['--no-sandbox'])];
  const [first = '', ...words] = [...prefix, ...own, 'about:blank'];
  return spawn(first, words, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true, // A group of its own, which ends as one.
    cwd: profile,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: profile, TMPDIR: profile, LANG: 'C.UTF-8' },
  });
}

interface Budget {
  /** Words for the trace, when it was. */
  exceeded(): string | null;
  stop(): void;
}

function watchBudget(
  child: ChildProcess,
  { timeoutMs, memoryMb }: ChromiumSettings,
  tools: DevTools,
): Budget {
  let exceeded: string | null = null;
  const end = (why: string): void => {
    exceeded ??= why;
    if (child.pid !== undefined) killGroup(child.pid);
    tools.end(new Error(why));
  };
  const time = setTimeout(() => end(`the browser took longer than ${timeoutMs} ms`), timeoutMs);
  const memory = setInterval(() => {
    if (child.pid !== undefined && memoryOf(child.pid) > memoryMb * 1024 * 1024) {
      end(`the browser needed more than ${memoryMb} MB`);
    }
  }, LOOK_MS);
  return {
    exceeded: () => exceeded,
    stop() {
      clearTimeout(time);
      clearInterval(memory);
    },
  };
}
