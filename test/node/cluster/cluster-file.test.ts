import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  type ClusterFile,
  NOTHING_PENDING,
  readClusterFile,
  writeClusterFile,
} from '#node/cluster/cluster-file.ts';
import { layoutOf } from '#node/config/layout.ts';

const root = mkdtempSync(join(tmpdir(), 'sealgate-cluster-'));
const layout = layoutOf(root);
after(() => rmSync(root, { recursive: true }));

const content: ClusterFile = {
  format: 1,
  clusterId: '5f0c6f3a-9d1c-4d7f-8c1e-0a6f3b8b6d11',
  generation: 1,
  node: 'gw-1-00000001',
  engine: 'own',
  founder: { node: 'gw-1-00000001', publicKey: 'AAAA' },
  admittedAt: '12',
  forming: true,
  members: [],
  ...NOTHING_PENDING,
};

describe('cluster.json', () => {
  it('is absent on a gateway of its own, and gives back what was written', () => {
    assert.equal(readClusterFile(layout), null);
    writeClusterFile(layout, content);
    assert.deepEqual(readClusterFile(layout), content);
  });

  it('stops the start when it is damaged: never a reason to go on alone', () => {
    writeFileSync(layout.clusterFile, '{"format":1');
    assert.throws(() => readClusterFile(layout), /damaged/);
  });
});
