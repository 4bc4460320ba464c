/**
 * Ends the etcd members of gateways under test, surely: they outlive their gateway by design, so a process of its own
 * watches the test and kills what has a pid file below the folder when the test is gone, however it went.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stopEtcd } from '#node/cluster/etcd-process.ts';
import type { Layout } from '#node/config/layout.ts';

const STOP_MS = 5000;

/** `$1` the test's process, `$2` the folder of all gateways. */
const WATCH = `
while kill -0 "$1" 2>/dev/null; do sleep 1; done
for file in "$2"/*/data/etcd/*/etcd.pid; do
  [ -e "$file" ] && kill -9 "$(cut -d' ' -f1 "$file")" 2>/dev/null
done
`;

/** Gives the function that ends the watching. */
export function leashEtcd(folder: string): () => void {
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'leash', String(process.pid), folder], {
    detached: true,
    stdio: 'ignore',
  });
  watcher.unref();
  return () => void watcher.kill();
}

/** Stops every member that a gateway has started. */
export async function stopEngines({ etcd }: Pick<Layout, 'etcd'>): Promise<void> {
  if (!existsSync(etcd)) return;
  for (const name of readdirSync(etcd)) await stopEtcd(join(etcd, name), STOP_MS);
}
