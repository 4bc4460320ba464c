/** Wires between processes: a cut is silence, one way or both, and what was sent comes after healing. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../free-port.ts';
import { until } from '../gateway/until.ts';
import { Wires } from './wires.ts';

const HERE = '/folder/of/the/server';
const THERE = '/folder/of/the/dialer';
const ANSWER_MS = 30_000;
const SILENT_MS = 500; // Of a wire that carries nothing; before and after it the same octets pass.

const wires = new Wires();
const children: ChildProcess[] = [];
let port = 0;
let server: Server;
/** What came to the server, by connection. */
const received: { socket: Socket; text: string }[] = [];

interface Dialer {
  say(text: string): void;
  heard(): string;
}

async function dialer(folder: string): Promise<Dialer> {
  const child = spawn(process.execPath, ['test/cluster/child-dialer.ts', String(port), folder]);
  children.push(child);
  let heard = '';
  child.stdout.on('data', (piece: Buffer) => {
    heard += piece.toString('utf8');
  });
  const connected = (): boolean => heard.includes('connected');
  await until(connected, ANSWER_MS, () => 'not connected');
  return { say: (text) => void child.stdin.write(text), heard: () => heard };
}

const arrives = (text: () => string | undefined, wanted: string): Promise<void> =>
  until(
    () => text()?.endsWith(wanted) ?? false,
    ANSWER_MS,
    () => `${wanted} does not arrive: ${text()}`,
  );

before(async () => {
  server = createServer((socket) => {
    const connection = { socket, text: '' };
    received.push(connection);
    socket.on('data', (piece) => {
      connection.text += piece.toString('utf8');
    });
  });
  port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.2', resolve));
  await wires.lay({ folder: HERE, host: '127.0.0.2', port });
  await wires.lay({ folder: THERE, host: '127.0.0.2', port: await freePort() });
});
after(() => {
  for (const child of children) child.kill('SIGKILL');
  wires.close();
  server.close();
});

describe('wires between gateways', () => {
  it('carry what is said, both ways; cut one way, only the other', async () => {
    const { say, heard } = await dialer(THERE);
    say('one');
    await arrives(() => received[0]?.text, 'one');
    wires.cut(THERE, HERE);
    say('two');
    received[0]!.socket.write('answer');
    await arrives(heard, 'answer');
    await silent();
    assert.equal(received[0]!.text, 'one');
    wires.heal();
    await arrives(() => received[0]?.text, 'onetwo');
  });

  it('make no new connection while they are cut; one of nobody passes', async () => {
    wires.isolate(HERE);
    const { say } = await dialer(THERE);
    say('late');
    const nobody = await dialer('/folder/of/nobody');
    nobody.say('free');
    await arrives(() => received.at(-1)?.text, 'free');
    await silent();
    assert.ok(received.every(({ text }) => !text.includes('late')));
    wires.heal();
    await arrives(() => received.at(-1)?.text, 'late');
  });
});

const silent = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SILENT_MS));
