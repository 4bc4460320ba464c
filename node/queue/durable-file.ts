/**
 * Writes a new file that is on stable storage, under its draft name, when the promise resolves.
 *
 * A plain descriptor costs half the CPU time of a `FileHandle`; but under the permission model Node refuses
 * `fs.fdatasync` (node/config/permission-arguments.ts), so there it must be a handle.
 * Errors: of the system, as they are; the file is removed then.
 */
import { closeSync, fdatasync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';

const FILE_MODE = 0o600;

/** `write` gets the descriptor and must not keep it. */
export async function writeDurably(path: string, write: (fd: number) => void): Promise<void> {
  try {
    if (process.permission === undefined) await byDescriptor(path, write);
    else await byHandle(path, write);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

async function byDescriptor(path: string, write: (fd: number) => void): Promise<void> {
  const fd = openSync(path, 'wx', FILE_MODE);
  try {
    write(fd);
    await new Promise<void>((resolve, reject) => {
      fdatasync(fd, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    closeSync(fd);
  }
}

async function byHandle(path: string, write: (fd: number) => void): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    write(handle.fd);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
