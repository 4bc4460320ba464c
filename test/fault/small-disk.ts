/** A small ext4 in a file, to be filled up. A machine that may not mount it fails here, loudly. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  readonly mount: string;
  /** Nothing fits on it any more. */
  fill(): void;
  /** What filled it is gone. */
  empty(): void;
  remove(): void;
}

/** `image` and, unless `mount` is given, the mount point are made in `folder`. */
export function smallDisk(folder: string, megabytes: number, mount = join(folder, 'mount')): SmallDisk {
  const image = join(folder, 'image');
  const filler = join(mount, 'filler');
  mkdirSync(mount, { recursive: true });
  for (const [command, ...args] of [
    ['truncate', '-s', `${megabytes}M`, image],
    ['/sbin/mke2fs', '-q', '-t', 'ext4', '-m', '0', '-F', image],
    ['mount', '-o', 'loop', image, mount],
  ]) {
    const end = spawnSync(command as string, args as string[], { encoding: 'utf8' });
    if (end.status !== 0) throw new Error(`${command}: ${end.stderr}`);
  }
  return {
    mount,
    fill: () => fill(filler),
    empty: () => rmSync(filler),
    remove() {
      spawnSync('umount', [mount]);
      rmSync(image, { force: true });
    },
  };
}

function fill(path: string): void {
  for (const octets of [1024 * 1024, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(octets), { flag: 'a', flush: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
