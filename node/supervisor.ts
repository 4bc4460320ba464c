/**
 * Supervisor: starts the processes of a gateway, restarts what dies, stops everything cleanly.
 *
 * A process that needs another one (keys the ledger, receive the spool key) waits for it by itself. A process that dies is started again after a wait that doubles from BACKOFF_MIN_MS to
 * BACKOFF_MAX_MS and is forgotten after it has run for STEADY_MS. Nothing of a mail is lost meanwhile: it is on disk.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { portalPermissions } from '#node/portal/permissions.ts';
import type { ProcessContext, RunningProcess } from '#node/process.ts';
import { receivePermissions } from '#node/receive/permissions.ts';
import { sendPermissions } from '#node/send/permissions.ts';

const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 30_000; // An operator who mends something sees it work within half a minute.
const STEADY_MS = 60_000;
const READY_WAIT_MS = 60_000; // Replay of a large log at first start; afterwards the next process is started anyway.
const MEMBER_LOOK_MS = 500; // After `sealgate cluster init`.
const STOP_WAIT_MS = 20_000; // Sessions and deliveries under way finish in this time; then SIGKILL, the spool is safe.

/** In the order of their needs; stopped in the opposite order, so that nobody loses what it needs before its end. */
const ORDER = [
  'ledger',
  'keys',
  'peer',
  'mailbox',
  'send',
  'protect',
  'fetch',
  'render',
  'web',
  'portal',
  'receive',
] as const;
export type ProcessName = (typeof ORDER)[number];

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Node's own options for a process: small heaps for the small ones, and no way to files that are not its own. */
export function nodeOptionsOf(name: ProcessName, context: ProcessContext): string[] {
  if (name === 'receive') return receivePermissions(context.settings, context.layout);
  if (name === 'send') return sendPermissions(context.settings, context.layout);
  if (name === 'portal') return portalPermissions(context.settings, context.layout);
  return [];
}

/**
 * Scavenged more often, a process rests with some megabytes less, which is not felt mail by mail; and the first full
 * collection comes early instead of after half the heap's limit, which buffers of large mails would fill (35 MB).
 * In `protect` the mails under way in a worker alone fill 16 MB, and it would collect all the time.
 */
function heapOf(name: ProcessName): string[] {
  return ['--max-semi-space-size=4', `--initial-old-space-size=${name === 'protect' ? 24 : 16}`];
}

/**
 * Environment of a process. The compile cache keeps what Node made of the sources: a later start is quicker, and each
 * process rests with 15 MB less, since the compiler of TypeScript is not loaded. One folder a process, and none where the
 * permission model holds: what a stranger could take over must not write what it will run at the next start.
 */
function environmentOf(name: ProcessName, { layout }: ProcessContext, confined: boolean): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_COMPILE_CACHE: confined ? undefined : join(layout.root, 'cache', name),
    UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '16',
    // Otherwise each of these threads keeps freed pieces of large mails for itself: 25 MB more at the peak.
    MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? '2',
    // The pieces of large mails go back to the system at once, not into a heap that they leave full of holes: 70 MB less
    // at the peak. Elsewhere each read of a socket would be such a piece.
    ...(name === 'protect' ? { MALLOC_MMAP_THRESHOLD_: process.env.MALLOC_MMAP_THRESHOLD_ ?? '65536' } : {}),
    NODE_NO_WARNINGS: '1',
  };
}

interface Slot {
  readonly name: ProcessName;
  child: ChildProcess | null;
  startedAtMs: number;
  backoffMs: number;
  timer: NodeJS.Timeout | null;
}

export async function superviseGateway(
  context: ProcessContext,
  args: readonly string[],
): Promise<RunningProcess> {
  const { settings, layout, log } = context;
  mkdirSync(layout.root, { recursive: true, mode: 0o700 });
  let stopping = false;
  const member = (): boolean => existsSync(layout.clusterFile);
  const wanted: Partial<Record<ProcessName, boolean>> = {
    mailbox: settings.tryOut,
    portal: settings.portal !== undefined,
    render: settings.render !== undefined,
  };
  const names = ORDER.filter((name) => wanted[name] ?? true);
  const slots: Slot[] = names.map((name) => ({
    name,
    child: null,
    startedAtMs: 0,
    backoffMs: BACKOFF_MIN_MS,
    timer: null,
  }));

  function launch(slot: Slot): Promise<void> {
    slot.startedAtMs = performance.now();
    const options = nodeOptionsOf(slot.name, context);
    const words = [...heapOf(slot.name), ...options, MAIN, slot.name, ...args];
    const child = spawn(process.execPath, words, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: environmentOf(slot.name, context, options.length > 0),
    });
    slot.child = child;
    const { promise, resolve: ready } = Promise.withResolvers<void>();
    const given = setTimeout(ready, READY_WAIT_MS);
    void promise.then(() => clearTimeout(given));
    child.once('message', () => ready());
    child.on('error', (error) => log.error({ process: slot.name, error: error.message }, 'cannot start'));
    child.on('exit', (code, signal) => {
      slot.child = null;
      if (stopping) return;
      if (performance.now() - slot.startedAtMs > STEADY_MS) slot.backoffMs = BACKOFF_MIN_MS;
      log.warn(
        { process: slot.name, code, signal, againInMs: slot.backoffMs },
        'process ended, starting it again',
      );
      // One that waited in vain for another at its first attempt is ready with the next.
      slot.timer = setTimeout(() => void launch(slot).then(ready), slot.backoffMs);
      slot.backoffMs = Math.min(slot.backoffMs * 2, BACKOFF_MAX_MS);
    });
    if (stopping) ready();
    return promise;
  }

  async function stop(): Promise<void> {
    stopping = true;
    clearInterval(watching);
    for (const slot of [...slots].reverse()) {
      if (slot.timer) clearTimeout(slot.timer);
      const child = slot.child;
      if (!child) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const kill = setTimeout(() => {
        log.error({ process: slot.name }, 'did not stop in time');
        child.kill('SIGKILL');
      }, STOP_WAIT_MS);
      await gone;
      clearTimeout(kill);
    }
  }

  /** `peer` runs from the moment on that this gateway has joined a cluster or made one. */
  const watching = setInterval(() => {
    if (!stopping && member()) startPeer();
  }, MEMBER_LOOK_MS).unref();

  function startPeer(): void {
    clearInterval(watching);
    const peer = slots.find((slot) => slot.name === 'peer');
    if (peer && !peer.child && !peer.timer) void launch(peer);
  }

  // All at once: whoever needs another waits for its socket or file, and two cores are busy instead of one.
  await Promise.all(slots.filter((slot) => slot.name !== 'peer' || member()).map(launch));
  if (!stopping) announce(context);
  return { stop };
}

/** On standard output: the one thing a newcomer reads. */
function announce({ settings }: ProcessContext): void {
  const { listeners } = settings.receive;
  const lines = [
    `Sealgate is ready.`,
    `  Admin page   http://${settings.web.address}:${settings.web.port}/`,
    ...listeners.map((l) => `  Mail ${l.zone.padEnd(8)}${l.address}:${l.port}`),
  ];
  if (settings.portal) lines.push(`  Portal       ${portalUrlOf(settings.portal)}`);
  if (settings.tryOut)
    lines.push('  Try-out: nothing leaves this machine; what was sent is on the page under Mailbox.');
  console.log(lines.join('\n'));
}

function portalUrlOf({
  address,
  port,
  tlsCertificate,
}: {
  address: string;
  port: number;
  tlsCertificate?: string | undefined;
}): string {
  return `${tlsCertificate === undefined ? 'http' : 'https'}://${address}:${port}/`;
}
