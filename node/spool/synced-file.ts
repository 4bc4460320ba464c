/**
 * A small file that is on stable storage, octets and size, when the promise resolves: over a spare file or a new one.
 *
 * With O_DSYNC the write returns when it is: one trip to the thread pool, where open, `datasync` and close of a
 * `FileHandle` are three (and `fs.fdatasync` is refused, see permission-arguments.ts).
 * Errors: of the system, as they are; the file is removed then.
 */
import { closeSync, constants, openSync, rmSync, write } from 'node:fs';
import type { SpareFiles } from './spare-files.ts';

const NEW_SYNCED = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC;

/** `path` must not exist. Its name is not synced. Without `spares` always a new file. */
export async function writeSynced(path: string, bytes: Buffer, spares?: SpareFiles): Promise<void> {
  const fd = spares?.take(path, bytes.length) ?? openSync(path, NEW_SYNCED, 0o600);
  try {
    await writeWhole(fd, bytes);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** At a position, so that it is `pwrite`. A disk that fills up can cut a write short before the next one fails. */
function writeWhole(fd: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const writeFrom = (done: number): void => {
      write(fd, bytes, done, bytes.length - done, done, (error, written) => {
        if (error) reject(error);
        else if (done + written < bytes.length) writeFrom(done + written);
        else resolve();
      });
    };
    writeFrom(0);
  });
}
