/**
 * Load and its end: Postfix's smtp-source as the sender, its smtp-sink as the next hop that counts what arrived.
 */

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { freePort } from '../free-port.ts';
import { until } from '../gateway/until.ts';

export const POSTFIX_ENV = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const ARRIVAL_MS = 90_000; // After this a mail counts as lost and the bench fails.
const ANSWER_MS = 2000;
const CONNECTIONS = 20;

export interface CountingSink {
  readonly port: number;
  /** Mails so far. */
  count(): number;
  stop(): Promise<void>;
}

export async function answering(port: number, what: string): Promise<void> {
  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', () => {
        socket.end('QUIT\r\n');
        resolve(true);
      });
      socket.once('error', () => resolve(false));
      socket.setTimeout(ANSWER_MS, () => {
        socket.destroy();
        resolve(false);
      });
    });
  await until(answers, 30_000, () => `${what} does not answer`);
}

export async function countingSink(): Promise<CountingSink> {
  const port = await freePort();
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn('smtp-sink', ['-c', ...user, `127.0.0.1:${port}`, '200'], {
    env: POSTFIX_ENV,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let count = 0;
  child.stdout.on('data', (piece: Buffer) => {
    const all = [...piece.toString('latin1').matchAll(/mesg=(\d+)/g)];
    count = Number(all.at(-1)?.[1] ?? count);
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await answering(port, 'smtp-sink');
  return {
    port,
    count: () => count,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

export interface Load {
  readonly port: number;
  readonly sink: CountingSink;
  readonly mails: number;
  readonly from: string;
  readonly to: string;
  /** One connection for many mails, or a new one for each. */
  readonly keepConnections: boolean;
  /** A prepared mail; without it 10 KB of text. */
  readonly file?: string;
}

/** Mails per second from the first octet sent to the last mail counted at the sink. */
export async function throughput(load: Load): Promise<number> {
  const before = load.sink.count();
  const content = load.file === undefined ? ['-l', '10240'] : ['-F', load.file];
  const flags = load.keepConnections ? ['-d'] : [];
  const args = ['-s', CONNECTIONS, '-m', load.mails, '-f', load.from, '-t', load.to];
  const started = performance.now();
  const source = spawn('smtp-source', [...flags, ...args.map(String), ...content, `127.0.0.1:${load.port}`], {
    env: POSTFIX_ENV,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  source.stderr.on('data', (piece: Buffer) => {
    errors += piece.toString('latin1');
  });
  const code = await new Promise((resolve) => source.once('exit', resolve));
  if (code !== 0) throw new Error(`smtp-source: ${errors}`);
  let ended = performance.now();
  await until(
    () => {
      ended = performance.now();
      return load.sink.count() - before >= load.mails;
    },
    ARRIVAL_MS,
    () => `${load.mails - load.sink.count() + before} of ${load.mails} mails did not arrive`,
  );
  return (load.mails * 1000) / (ended - started);
}
