/** Files that may not be there yet. */
import { readFileSync } from 'node:fs';

/** Null when it is not there. Other errors are thrown. */
export function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
