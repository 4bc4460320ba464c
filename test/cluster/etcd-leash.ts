/**
 * Ends what a cluster under test has started, surely: etcd members outlive their gateway by design, and gateways a test
 * that is killed. A process of its own watches the test and, when it is gone, however it went, kills what names the
 * folder of all gateways in its command line: supervisors first, so that they start nothing again.
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
end() {
  for process in /proc/[0-9]*; do
    id=\${process#/proc/}
    [ "$id" = "$$" ] && continue
    grep -qaF "$2" "$process/cmdline" 2>/dev/null || continue
    grep -qaF "$3" "$process/cmdline" 2>/dev/null && kill -9 "$id" 2>/dev/null
  done
}
end "" "$2" start
end "" "$2" "$2"
end "" "$2" "$2"
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
