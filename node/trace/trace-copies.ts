/**
 * Copies of other gateways' trace journals on this one: `trace-copies/<node>/<journal>.jsonl`, of the same shape and bounded
 * as the journals themselves are. `PUT trace/<node>/<journal>?from=&at=` brings the next lines.
 *
 * `from` is the place in the owner's journal up to which the copy must be complete, `at` the place behind the new lines
 * (`<inode>.<offset>`, words for the owner alone). 204: they are here. 409 `{at}`: the copy is complete up to there (null:
 * nothing is known), the owner goes on from it. A crash can repeat lines, which does no harm to who reads them.
 * A copy of a gateway that is gone is removed when its last line is older than what is kept of a trace.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  jsonAnswer,
  type PeerAnswer,
  type PeerRequest,
  type PeerRoute,
  wholeBody,
} from '#node/peer/peer-route.ts';
import { JOURNALS, type JournalName, TRACE_KEPT_MS } from './journal.ts';
import { type RotatedFile, rotatedFile } from './rotated-file.ts';

const PIECE_BYTES_MAX = 8 * 1024 * 1024; // A piece of a megabyte, and a line of a mail to thousands.
const PRUNE_EVERY_MS = 3_600_000;
const PLACE = /^\d{1,20}\.\d{1,16}$/;

interface OneCopy {
  readonly file: RotatedFile;
  /** null: nothing is known. */
  at: string | null;
}

export interface TraceCopies {
  readonly route: PeerRoute;
  close(): void;
}

export function traceCopies(root: string): TraceCopies {
  const copies = new Map<string, OneCopy>();
  const pruning = setInterval(() => prune(root, Date.now() - TRACE_KEPT_MS, forget), PRUNE_EVERY_MS);
  pruning.unref();
  prune(root, Date.now() - TRACE_KEPT_MS, forget);

  function forget(owner: string): void {
    for (const journal of JOURNALS) {
      copies.get(`${owner}/${journal}`)?.file.close();
      copies.delete(`${owner}/${journal}`);
    }
  }

  function copyOf(owner: string, journal: JournalName): OneCopy {
    const key = `${owner}/${journal}`;
    const folder = join(root, owner);
    const known = copies.get(key) ?? {
      file: rotatedFile(folder, journal),
      at: placeIn(join(folder, `${journal}.at`)),
    };
    copies.set(key, known);
    return known;
  }

  async function put({ from, path, query, body }: PeerRequest): Promise<PeerAnswer> {
    const [owner = '', name = ''] = path;
    const journal = JOURNALS.find((one) => one === name);
    const at = query.get('at') ?? '';
    if (owner !== from || journal === undefined || !PLACE.test(at)) return { status: 400 };
    const copy = copyOf(owner, journal);
    if (copy.at === null ? query.get('from') !== 'start' : query.get('from') !== copy.at) {
      return jsonAnswer({ at: copy.at }, 409);
    }
    const lines = await wholeBody(body, PIECE_BYTES_MAX);
    if (lines === null) return { status: 413 };
    const folder = join(root, owner);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    copy.file.append(lines);
    copy.at = at;
    const state = join(folder, `${journal}.at`);
    writeFileSync(`${state}.new`, at, { mode: 0o600 });
    renameSync(`${state}.new`, state);
    return { status: 204 };
  }

  return {
    route: { method: 'PUT', prefix: 'trace', handle: put },
    close() {
      clearInterval(pruning);
      for (const { file } of copies.values()) file.close();
    },
  };
}

function placeIn(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8');
    return PLACE.test(text) ? text : null;
  } catch {
    return null; // The first time.
  }
}

function prune(root: string, beforeMs: number, forget: (owner: string) => void): void {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const owner of readdirSync(root)) {
    const folder = join(root, owner);
    const newestMs = Math.max(0, ...readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs));
    if (newestMs >= beforeMs) continue;
    forget(owner);
    rmSync(folder, { recursive: true, force: true });
  }
}
