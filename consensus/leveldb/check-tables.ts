/** Checks all table files that a LevelDB uses, running or not; the sums of table.ts and the list of manifest.ts. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tablesInUse } from './manifest.ts';
import { tableProblem } from './table.ts';

/** What is wrong with the first bad file, with its name; empty when all are whole. `rest` as for the scrub. */
export async function tablesProblem(
  folder: string,
  rest: (tookMs: number) => Promise<void> = async () => {},
): Promise<string> {
  try {
    for (const name of (await tablesInUse(folder)) ?? []) {
      const started = performance.now();
      const problem = await fileProblem(folder, name);
      if (problem) return `LevelDB file ${name}: ${problem}`;
      await rest(performance.now() - started);
    }
    return '';
  } catch (error) {
    if (error instanceof RangeError) return `LevelDB: ${error.message}`;
    throw error;
  }
}

async function fileProblem(folder: string, name: string): Promise<string> {
  try {
    return tableProblem(await readFile(join(folder, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // A compaction may have replaced it since the list was read.
    return (await tablesInUse(folder))?.includes(name) ? 'is missing' : '';
  }
}

/** How much a check would have to read. */
export async function tablesBytes(folder: string): Promise<number> {
  let names: string[];
  try {
    names = (await tablesInUse(folder)) ?? [];
  } catch (error) {
    if (error instanceof RangeError) return 0; // The check says so itself.
    throw error;
  }
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
