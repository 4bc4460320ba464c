/** What happens to whole gateways under test: killed for good, stopped, cut off. Who leads the engine. */
import { readdirSync, readFileSync } from 'node:fs';
import { readClusterFile } from '#node/cluster/cluster-file.ts';
import { administrationAccess } from '#node/cluster/engine-access.ts';
import { endpointOf } from '#node/cluster/own-engine.ts';
import type { Gateway } from '../gateway/run-gateway.ts';

/** All its processes, the supervisor first, so that it starts nothing again; its etcd member, too. */
export function signalAll({ folder }: Pick<Gateway, 'folder'>, signal: NodeJS.Signals): number {
  const found = processesOf(folder).sort((a, b) => Number(b.isSupervisor) - Number(a.isSupervisor));
  for (const { pid } of found) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // It had just ended by itself.
    }
  }
  return found.length;
}

/** A machine that breaks: nothing of the gateway runs any more. */
export async function lose(gateway: Gateway): Promise<void> {
  const gone = gateway.stop('SIGKILL');
  while (signalAll(gateway, 'SIGKILL') > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await gone;
}

function processesOf(folder: string): { pid: number; isSupervisor: boolean }[] {
  const found: { pid: number; isSupervisor: boolean }[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const line = cmdline(entry);
    if (line.includes(folder)) found.push({ pid: Number(entry), isSupervisor: line.includes('\0start\0') });
  }
  return found;
}

/** Empty when the process has ended meanwhile, or has only not been waited for. */
function cmdline(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** The gateway whose member leads the engine, as most members see it; null while there is none. */
export async function leaderOf(gateways: readonly Gateway[]): Promise<Gateway | null> {
  for (const { layout } of gateways) {
    const file = readClusterFile(layout);
    const own = file?.members.find(({ node }) => node === file.node);
    if (!file || !own) continue;
    const administration = administrationAccess(layout, [endpointOf(own.etcdClient)]);
    try {
      const { leader } = await administration.status(endpointOf(own.etcdClient));
      const member = (await administration.members()).find(({ id }) => id === leader);
      const found = gateways.find((gateway) => readClusterFile(gateway.layout)?.node === member?.name);
      if (found) return found;
    } catch {
      // Not this one.
    } finally {
      administration.close();
    }
  }
  return null;
}
