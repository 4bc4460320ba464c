/**
 * Lines that differ between two texts, by their longest common subsequence.
 */

export interface ChangedLine {
  readonly kind: 'removed' | 'added';
  readonly text: string;
}

const CELLS_MAX = 4_000_000; // Two rule books of 2,000 changed lines each: 16 MB for a moment.

/** In the order of the texts. When too much changed for a table, all of the old is removed and all of the new added. */
export function lineDifference(before: string, after: string): ChangedLine[] {
  const old = before === '' ? [] : before.trimEnd().split('\n');
  const now = after === '' ? [] : after.trimEnd().split('\n');
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let same = 0;
  const rest = Math.min(old.length, now.length) - start;
  while (same < rest && old.at(-1 - same) === now.at(-1 - same)) same += 1;
  return betweenEnds(old.slice(start, old.length - same), now.slice(start, now.length - same));
}

function betweenEnds(old: readonly string[], now: readonly string[]): ChangedLine[] {
  const removed = old.map((text): ChangedLine => ({ kind: 'removed', text }));
  const added = now.map((text): ChangedLine => ({ kind: 'added', text }));
  if (old.length === 0 || now.length === 0 || old.length * now.length > CELLS_MAX)
    return [...removed, ...added];
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width); // [i][j]: of what begins at old[i] and now[j].
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: ChangedLine[] = [];
  for (let i = 0, j = 0; i < old.length || j < now.length; ) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i += 1;
      j += 1;
    } else if (j === now.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed[i++] as ChangedLine);
    } else lines.push(added[j++] as ChangedLine);
  }
  return lines;
}
