/** Backups of gateways of a cluster, put on empty machines (R12): a follower, and all that is left of a cluster. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Gateway } from '../gateway/run-gateway.ts';
import { stopEngines } from './etcd-leash.ts';
import { addDomain, cli, ScratchCluster, succeeds } from './run-cluster.ts';

let cluster: ScratchCluster;
let first: Gateway;
let second: Gateway;

before(async () => {
  cluster = await ScratchCluster.start();
  await cluster.init();
  first = cluster.first;
  second = await cluster.join('gateway');
  for (const gateway of [first, second]) await cluster.whole(gateway);
});
after(() => cluster?.remove());

/** As docs/clustering.md says: of a gateway that is stopped, whole, without the engine. */
function backup({ layout }: Gateway): string {
  const copy = join(cluster.folder, `backup-${basename(layout.root)}-${performance.now()}`);
  cpSync(layout.root, copy, { recursive: true, filter: (path) => path !== layout.etcd });
  return copy;
}

function restore(copy: string, { layout }: Gateway): void {
  rmSync(layout.root, { recursive: true });
  cpSync(copy, layout.root, { recursive: true });
}

describe('the backup of a gateway', () => {
  it('that follows is put on an empty machine, starts, and catches up', async () => {
    await second.stop();
    const copy = backup(second);
    await addDomain(first, 'after-the-backup.example');
    restore(copy, second);
    await second.start();
    await cluster.appears(second, 'after-the-backup.example');
    await addDomain(second, 'from-the-restored.example');
    await cluster.appears(first, 'from-the-restored.example');
  });

  it('brings a cluster back of which nothing else is left, in a new generation', async () => {
    await first.stop();
    const copy = backup(first);
    await second.stop();
    await stopEngines(first.layout);
    restore(copy, first);
    assert.ok(!existsSync(first.layout.etcd));
    await first.start();
    await cluster.settled(first, ({ writable }) => !writable);
    const words = ['cluster', 'recover', '--confirm-dead', 'gw-2', '--reason', 'nothing else is left'];
    await succeeds(cli(first.settingsFile, ...words));
    await cluster.settled(first, ({ generation, writable }) => generation === 2 && writable);
    await cluster.alone(first);
    await cluster.appears(first, 'from-the-restored.example');
    await addDomain(first, 'goes-on.example');
    await cluster.appears(first, 'goes-on.example');
  });
});
