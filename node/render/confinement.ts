/**
 * How far Chromium can be shut in on this machine: no network at all (a network namespace of its own), another user, its
 * own sandbox. What the system does not allow is left out, and the log says so.
 *
 * As a unit of systemd, `render` can be given a user and a network of its own (`User=`, `PrivateNetwork=`) instead.
 */
import { spawnSync } from 'node:child_process';

/** Debian's `nobody`. */
const NOBODY = 65_534;
const TRY_MS = 5_000;

export interface Confinement {
  /** Program and arguments in front of Chromium's own. */
  readonly prefix: readonly string[];
  /** Owner of the folder that Chromium writes to; null = whoever runs this process. */
  readonly user: number | null;
  readonly network: 'none' | 'refused';
}

export function confinementHere(): Confinement {
  const isRoot = process.getuid?.() === 0;
  const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const other = isRoot && works(['setpriv', ...ids, 'true']) ? ['setpriv', ...ids] : [];
  const alone = isRoot ? ['unshare', '--net'] : ['unshare', '--user', '--map-current-user', '--net'];
  const network = works([...alone, ...other, 'true']) ? alone : [];
  return {
    prefix: [...network, ...other],
    user: other.length > 0 ? NOBODY : null,
    network: network.length > 0 ? 'none' : 'refused',
  };
}

function works([program = '', ...args]: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: TRY_MS }).status === 0;
}
