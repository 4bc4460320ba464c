/**
 * A whole gateway for tests: real processes under the real supervisor, own data folder, free ports, loopback only.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type AdminClient, adminClient } from '#node/cli/admin-client.ts';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import { freePort } from '../free-port.ts';
import { type CapturedMail, mailCatcher } from './mail-catcher.ts';
import { until } from './until.ts';

const COMPILE_CACHE = join(process.cwd(), '.build', 'compile-cache'); // As the launcher has it.
const READY_MS = 180_000; // A busy two-core machine that makes RSA keys, or a gateway that copies the log of a cluster first.

export interface Gateway {
  readonly layout: Layout;
  readonly folder: string;
  readonly settingsFile: string;
  readonly insidePort: number;
  readonly outsidePort: number;
  readonly webUrl: string;
  readonly admin: AdminClient;
  /** Everything that left, in order. */
  readonly delivered: readonly CapturedMail[];
  /** What the processes wrote. */
  output(): string;
  /** Waits for a mail that left for this recipient. */
  arrival(recipient: string, matches?: (mail: CapturedMail) => boolean): Promise<CapturedMail>;
  process(): ChildProcess;
  /** Starts it again on the same data, after `stop` or a kill. */
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops and removes everything. */
  remove(): Promise<void>;
}

/**
 * `settings` are merged over the test's own, one level deep, routes before the test's own; its folder is made in `parent`;
 * `prepare` may fill the data folder before the start.
 */
export async function runGateway(
  settings: Record<string, object | string> = {},
  parent: string = tmpdir(),
  prepare: (dataFolder: string, settingsFile: string) => void | Promise<void> = () => {},
): Promise<Gateway> {
  const folder = mkdtempSync(join(parent, 'sealgate-gateway-'));
  const catcher = await mailCatcher();
  const [insidePort, outsidePort, webPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const own: Record<string, object> = {
    receive: {
      listeners: [
        { name: 'inside', address: '127.0.0.1', port: insidePort, zone: 'inside' },
        { name: 'outside', address: '127.0.0.1', port: outsidePort, zone: 'outside' },
      ],
    },
    send: { routes: [{ domain: '*', host: '127.0.0.1', port: catcher.port, tls: 'none' }] },
    web: { port: webPort },
  };
  const { routes = [] } = (settings.send ?? {}) as { routes?: object[] };
  const catchAll = (own.send as { routes: object[] }).routes;
  const merged = Object.fromEntries(
    [...new Set([...Object.keys(own), ...Object.keys(settings)])].map((key) => {
      const given = settings[key];
      if (typeof given === 'string') return [key, given];
      const sent = key === 'send' ? { routes: [...routes, ...catchAll] } : {};
      return [key, { ...own[key], ...given, ...sent }];
    }),
  );
  const file = join(folder, 'sealgate.yaml');
  writeFileSync(
    file,
    stringify({ node: 'test-gateway', hostname: 'gateway.example.org', data: 'data', ...merged }),
  );
  const layout = layoutOf(join(folder, 'data'));
  await prepare(layout.root, file);
  let child: ChildProcess | null = null;
  let output = '';

  async function start(): Promise<void> {
    const started = spawn(process.execPath, ['node/main.ts', 'start', '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, SEALGATE_LOG_LEVEL: 'warn' },
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (piece: Buffer) => {
        output += piece.toString('utf8');
      });
    }
    await until(
      () => output.includes('is ready'),
      READY_MS,
      () => `gateway not ready:\n${output}`,
    );
  }

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
    output = '';
  }

  try {
    await start();
  } catch (error) {
    await stop();
    await catcher.close();
    throw error;
  }
  return {
    layout,
    folder,
    settingsFile: file,
    insidePort,
    outsidePort,
    webUrl: `http://127.0.0.1:${webPort}`,
    admin: adminClient(layout),
    delivered: catcher.mails,
    output: () => output,
    async arrival(recipient, matches = () => true) {
      const found = (): CapturedMail | undefined =>
        catcher.mails.find((mail) => mail.recipients.includes(recipient) && matches(mail));
      await until(
        () => found() !== undefined,
        READY_MS,
        () => `nothing for ${recipient}; output:\n${output}`,
      );
      return found() as CapturedMail;
    },
    process() {
      if (!child) throw new Error('the gateway does not run');
      return child;
    },
    start,
    stop,
    async remove() {
      await stop();
      await catcher.close();
      if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
    },
  };
}
