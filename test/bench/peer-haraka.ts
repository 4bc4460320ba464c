/**
 * Haraka as a peer: one process, its own outbound queue in front of the sink, nothing else switched on.
 *
 * Installed with npm into the cache folder of this user when it is not there yet.
 */

import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answering } from './mail-load.ts';

const VERSION = '3.3.4';

export interface Peer {
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

function installed(): string {
  const folder = join(tmpdir(), `sealgate-bench-haraka-${VERSION}`);
  const binary = join(folder, 'node_modules', 'Haraka', 'bin', 'haraka');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `Haraka@${VERSION}`];
  execFileSync('npm', args, { cwd: folder, stdio: 'ignore' });
  return binary;
}

/** Takes every recipient as a relay and sends all to the sink, through the queue. */
const PLUGIN = (sinkPort: number): string => `'use strict';
exports.hook_lookup_rdns = (next) => next(OK, 'localhost');
exports.hook_rcpt = (next, connection) => { connection.relaying = true; next(OK); };
exports.hook_get_mx = (next) => next(OK, { priority: 0, exchange: '127.0.0.1', port: ${sinkPort} });
`;

export async function haraka(sinkPort: number): Promise<Peer> {
  const binary = installed();
  const root = mkdtempSync(join(tmpdir(), 'sealgate-bench-haraka-run-'));
  const port = await freePort();
  for (const name of ['config', 'plugins', 'queue']) mkdirSync(join(root, name));
  const shipped = join(binary, '..', '..', 'config', 'connection.ini'); // Without it, it greets nobody.
  copyFileSync(shipped, join(root, 'config', 'connection.ini'));
  const file = (name: string, text: string): void => writeFileSync(join(root, name), text);
  file('plugins/to_sink.js', PLUGIN(sinkPort));
  file('config/plugins', 'to_sink\n');
  file('config/smtp.ini', `listen=127.0.0.1:${port}\nnodes=0\n`);
  file('config/me', 'haraka.example.org\n');
  file('config/log.ini', '[main]\nlevel=error\n');
  file('config/outbound.ini', 'enable_tls=false\nlocal_mx_ok=true\nconcurrency_max=20\n');
  const child = spawn(process.execPath, [binary, '-c', root], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => {
      output += piece.toString('utf8');
    });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await answering(port, 'Haraka');
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}: ${output.slice(-2000)}`);
  }
  return { name: 'Haraka', port, stop };
}
