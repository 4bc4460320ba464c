/**
 * Data of the engine that are of no more use: moved aside with a time, the newest one of each of KEPT
 * generations and KEPT others are kept. Nothing that serves is started on them again.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { engineFolder } from './own-engine.ts';

const KEPT = 5; // As k3s keeps them.
const PREFIX = 'left-';

/** Where they are now; null when there were none. */
export function setEngineAside(layout: Layout, generation: number): string | null {
  const folder = engineFolder(layout, generation);
  if (!existsSync(folder)) return null;
  const aside = join(layout.etcd, `${PREFIX}gen${generation}-${Date.now()}`);
  renameSync(folder, aside);
  for (const name of surplus(readdirSync(layout.etcd))) rmSync(join(layout.etcd, name), { recursive: true });
  return aside;
}

/** The newest that were set aside of a generation; null when there are none. */
export function engineSetAside({ etcd }: Pick<Layout, 'etcd'>, generation: number): string | null {
  const names = existsSync(etcd) ? readdirSync(etcd) : [];
  const ours = names.filter((name) => name.startsWith(`${PREFIX}gen${generation}-`));
  const [newest] = ours.sort((a, b) => timeOf(b) - timeOf(a));
  return newest === undefined ? null : join(etcd, newest);
}

/** Attempts of one generation do not push out what another one left: that may be all that is left of it. */
function surplus(names: readonly string[]): string[] {
  const aside = names.filter((name) => name.startsWith(PREFIX)).sort((a, b) => timeOf(b) - timeOf(a));
  const generations = aside.map(generationOf);
  const isNewest = (name: string, i: number): boolean => generations.indexOf(generationOf(name)) === i;
  const newest = aside.filter(isNewest);
  const others = aside.filter((name, i) => !isNewest(name, i));
  return [...newest.slice(KEPT), ...others.slice(KEPT)];
}

const generationOf = (name: string): string => name.slice(0, name.lastIndexOf('-'));
const timeOf = (name: string): number => Number(name.slice(name.lastIndexOf('-') + 1));
