/** A lost gateway, and a lost witness, are replaced by one command: the new one first, never two voters of three. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { dies } from './kill-gateway.ts';
import { addDomain, cli, ScratchCluster } from './run-cluster.ts';

const WITHIN_MS = 240_000;
let cluster: ScratchCluster;
let started: ChildProcess | null = null;

before(async () => {
  cluster = await ScratchCluster.voters(3);
});
after(async () => {
  started?.kill();
  await cluster?.remove();
});

interface Running {
  /** What it has said so far. */
  said(): string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

function replacing(on: Gateway, member: string): Running {
  const words = ['cluster', 'replace', member, '--reason', 'burnt', '--config', on.settingsFile];
  const child = spawn(process.execPath, ['node/main.ts', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  started = child;
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      said += piece.toString('utf8');
    });
  }
  return { said: () => said, ended: new Promise((resolve) => child.once('close', resolve)) };
}

describe('a lost voter', () => {
  it('is replaced: the command makes the token, waits for the new gateway, then takes the lost one out', async () => {
    const [first, , third] = cluster.gateways as [Gateway, Gateway, Gateway];
    await dies(third);
    await cluster.settled(first, ({ members }) => members.some(({ alive }) => !alive));
    const plan = await cli(first.settingsFile, 'cluster', 'replace', 'gw-3', '--dry-run');
    assert.match(plan.out, /a token for the new gateway is made[\s\S]*gw-3 .* is taken out/);
    const running = replacing(first, 'gw-3');
    const join = /on the new machine: sealgate cluster join (\S+) (\S+)/;
    await until(
      () => join.test(running.said()) && running.said().includes('waits for the new gateway'),
      WITHIN_MS,
      running.said,
    );
    const [, address = '', token = ''] = join.exec(running.said()) ?? [];
    await cluster.joinWith([address, token]);
    assert.equal(await running.ended, 0, `${running.said()}\n${cluster.output()}`);
    assert.match(running.said(), /gw-3 has been replaced/);
    const { members, writable } = await cluster.status(first);
    assert.ok(writable);
    assert.deepEqual(
      members.map(({ name, role }) => [name, role]),
      [
        ['gw-1', 'voter'],
        ['gw-2', 'voter'],
        ['gw-4', 'voter'],
      ],
    );
    await addDomain(cluster.gateways[3]!, 'fourth-votes.example');
    await cluster.appears(first, 'fourth-votes.example');
  });
});
