/** A gateway that dies with all its processes at once, alone or with its engine: a machine that loses its power. */
import { childrenOf } from '../fault/process-tree.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { stopEngines } from './etcd-leash.ts';

export function pidsOf(gateway: Gateway): number[] {
  const supervisor = gateway.process().pid as number;
  return [supervisor, ...childrenOf(supervisor).map(({ pid }) => pid)];
}

/** All at once: a supervisor that is only stopped starts nothing again. */
export async function killAll(gateway: Gateway): Promise<void> {
  const [supervisor = 0, ...children] = pidsOf(gateway);
  process.kill(supervisor, 'SIGSTOP');
  for (const pid of children) process.kill(pid, 'SIGKILL');
  await gateway.stop('SIGKILL');
}

export async function dies(gateway: Gateway): Promise<void> {
  await killAll(gateway);
  await stopEngines(gateway.layout);
}
