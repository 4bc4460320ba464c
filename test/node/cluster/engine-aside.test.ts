/** Old data of the engine are kept, some of them, and of each generation at least the newest. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { engineSetAside, setEngineAside } from '#node/cluster/engine-aside.ts';
import { layoutOf } from '#node/config/layout.ts';

const root = mkdtempSync(join(tmpdir(), 'sealgate-aside-'));
const layout = layoutOf(root);
after(() => rmSync(root, { recursive: true }));

const leave = (name: string): void => void mkdirSync(join(layout.etcd, name), { recursive: true });

describe('engines that were set aside', () => {
  it('are none at first', () => {
    assert.equal(setEngineAside(layout, 1), null);
    assert.equal(engineSetAside(layout, 1), null);
  });

  it('attempts of a generation do not push out the engine of the one before', () => {
    leave('left-gen1-1000');
    for (let attempt = 0; attempt < 8; attempt++) leave(`left-gen2-${2000 + attempt}`);
    leave('gen2');
    const newest = setEngineAside(layout, 2);
    const left = readdirSync(layout.etcd);
    assert.ok(left.includes('left-gen1-1000'));
    assert.ok(!left.includes('left-gen2-2002'), 'the oldest attempts are gone');
    assert.ok(left.includes('left-gen2-2007'));
    assert.equal(engineSetAside(layout, 2), newest);
    assert.equal(engineSetAside(layout, 1), join(layout.etcd, 'left-gen1-1000'));
  });
});
