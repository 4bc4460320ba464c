/**
 * Node's permission model as arguments: what a process of the gateway may read and write, and nothing else.
 *
 * Shape:  folders and files it needs → the options in front of `main.ts`. Code, `package.json` and the settings file
 *         are added; add-ons, worker threads, child processes and the inspector stay forbidden.
 * Note:   folders are made here, with this caller's rights, because the process could not make them; and Node takes
 *         the path of a folder that exists for all that is below it.
 * Trap:   under the permission model Node 24 refuses `fs.fsync` and `fs.fdatasync` on descriptors; `sync()` and
 *         `datasync()` of a `FileHandle` work.
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SETTINGS_FILE } from './load-settings.ts';
import type { Settings } from './settings.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Never the whole root: the try-out's data folder may lie in it. */
const CODE = ['package.json', 'node/*', 'domain/*', 'node_modules/*'];

export interface FileAccess {
  /** Files the process reads; `*` at the end stands for anything. Undefined ones are left out. */
  readonly read: readonly (string | undefined)[];
  /** Files it writes and reads back; `*` as above. */
  readonly write: readonly string[];
  /** Folders it makes, lists, reads and writes files in. */
  readonly folders: readonly string[];
  /** Folders that must be there for it but that it may not list. */
  readonly present: readonly string[];
}

export function permissionArguments(settings: Settings, access: FileAccess): string[] {
  for (const folder of [...access.folders, ...access.present]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const written = [...access.write, ...access.folders.flatMap((folder) => [folder, `${folder}/*`])];
  const read = [
    ...CODE.map((path) => `${ROOT}${path}`),
    settings.file ?? resolve(SETTINGS_FILE),
    ...access.read.filter((path) => path !== undefined),
    ...written,
  ];
  return [
    '--permission',
    ...read.map((path) => `--allow-fs-read=${path}`),
    ...written.map((path) => `--allow-fs-write=${path}`),
  ];
}
