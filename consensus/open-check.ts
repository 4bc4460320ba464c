/**
 * What is checked before a log is used: that it holds what the head file says, and that what LevelDB had only in its
 * write-ahead logs is whole. The rest of the log is the scrub's.
 *
 * The head file is written after LevelDB, so a log that is one write ahead of it is a crash between the two and legal;
 * a log that is behind has lost something that was acknowledged.
 */
import { checkedEvent, NO_HASH } from './event-codec.ts';
import { LogError, type Position } from './event-log.ts';
import type { HeadFileContent } from './head-file.ts';
import { type LevelDatabase, UNSETTLED_BYTES } from './level-database.ts';
import { eventKey, HEAD_KEY, positionOfEventKey, sideRange } from './level-keys.ts';
import { decodeState, EMPTY_STATE, type LogState, xorDigest } from './log-state.ts';
import { sideValue, storedCheck } from './side-entry.ts';

export interface Damage {
  /** First event that is missing or wrong; null when the damage is beside the events. */
  readonly position: Position | null;
  readonly reason: string;
  /** The files are whole, but not of this cluster: nothing of them may be touched. */
  readonly foreign?: true;
}

export interface OpenCheck {
  readonly state: LogState;
  readonly damage: Damage | null;
  /** What was found wrong and needs no one, for operators; empty when nothing was. */
  readonly notices: readonly string[];
  /** The head file must be written anew from `state`. */
  readonly rewriteHeadFile: boolean;
}

const CHECK_EVENTS = 500; // Of one read while walking back.

/** `trails`: by how many writes the head file may be behind after a crash. */
export async function checkAtOpen(
  db: LevelDatabase,
  headFile: HeadFileContent | null,
  trails: bigint,
): Promise<OpenCheck> {
  const stored = await db.get(HEAD_KEY);
  const state = stored === undefined ? EMPTY_STATE : decodeState(stored);
  const last = await lastPosition(db);
  if (state === null) {
    const reason = 'the head record in LevelDB is damaged';
    return {
      state: headFile?.state ?? { ...EMPTY_STATE, position: last },
      damage: { position: null, reason },
      notices: [],
      rewriteHeadFile: false,
    };
  }
  const against = compareWithHeadFile(state, last, headFile, trails);
  const damage = against.damage ?? (await checkEnds(db, state, last)) ?? (await checkVault(db, state));
  return { ...against, state, damage };
}

function compareWithHeadFile(
  state: LogState,
  last: Position,
  headFile: HeadFileContent | null,
  trails: bigint,
): Omit<OpenCheck, 'state'> {
  const bad = (position: Position | null, reason: string): Omit<OpenCheck, 'state'> => ({
    damage: { position, reason },
    notices: headFile?.problem ? [headFile.problem] : [],
    rewriteHeadFile: false,
  });
  if (headFile === null) {
    if (state.writes > 0n || last > 0n) return bad(null, 'the head file is missing');
    return { damage: null, notices: [], rewriteHeadFile: true };
  }
  const known = headFile.state;
  if (known === null) return bad(null, `the head file is unreadable: ${headFile.problem}`);
  if (known.writes > state.writes) {
    if (known.position > state.position) {
      const missing = `events ${state.position + 1n} to ${known.position} are missing`;
      return bad(
        state.position + 1n,
        `${missing}: the head file says ${known.position}, the log ends at ${state.position}`,
      );
    }
    return bad(null, `the last ${known.writes - state.writes} changes beside the events are missing`);
  }
  if (known.writes === state.writes && Buffer.compare(known.hash, state.hash) !== 0) {
    return bad(state.position, `the head file holds another hash of event ${state.position}`);
  }
  // With its newest slot gone, the file is one write older than it was.
  const behind = state.writes - known.writes;
  const notices = headFile.problem ? [`${headFile.problem}; it was written anew from the log`] : [];
  const legal = headFile.problem ? trails + 1n : trails;
  if (behind > legal) notices.push(`the head file is ${behind} writes older than the log: was it restored?`);
  return { damage: null, notices, rewriteHeadFile: behind > 0n || headFile.problem !== '' };
}

async function lastPosition(db: LevelDatabase): Promise<Position> {
  const [last] = await db.entries({ gte: eventKey(0n), lte: eventKey(2n ** 64n - 1n) }, 1, true);
  return last ? positionOfEventKey(last[0]) : 0n;
}

/** First event, last event, and from the last back everything that a write-ahead log may have lost. */
async function checkEnds(db: LevelDatabase, state: LogState, last: Position): Promise<Damage | null> {
  if (last !== state.position) {
    const reason = `the head record says ${state.position}, the last event is ${last}`;
    return { position: (last < state.position ? last : state.position) + 1n, reason };
  }
  if (last === 0n) return null;
  const [first] = await db.values({ gte: eventKey(0n), lte: eventKey(last) }, 1);
  try {
    checkedEvent(first!, 1n, NO_HASH);
  } catch (error) {
    return damageOf(error);
  }
  return checkBack(db, state);
}

async function checkBack(db: LevelDatabase, state: LogState): Promise<Damage | null> {
  let expected = state.position;
  let hash = state.hash;
  let bytes = 0;
  // The walk goes back, so the first wrong position is the last one it meets.
  while (expected > 0n && bytes < UNSETTLED_BYTES) {
    const entries = await db.entries({ gte: eventKey(1n), lte: eventKey(expected) }, CHECK_EVENTS, true);
    if (entries.length === 0) return { position: 1n, reason: `events 1 to ${expected} are missing` };
    for (const [key, record] of entries) {
      const position = positionOfEventKey(key);
      if (position !== expected) {
        const reason = `events ${position + 1n} to ${expected} are missing`;
        return { position: position + 1n, reason };
      }
      try {
        const event = checkedEvent(record, expected, null);
        if (Buffer.compare(event.hash, hash) !== 0) {
          if (expected === state.position) return { position: expected, reason: 'the last event is another' };
          const reason = `event ${expected + 1n} does not follow the event before it`;
          return { position: expected + 1n, reason };
        }
        hash = event.prev;
      } catch (error) {
        return damageOf(error);
      }
      bytes += key.length + record.length;
      expected -= 1n;
    }
  }
  return null;
}

/** A lost data key is a lost subject and a revived one is an erasure undone, so the whole vault is looked at. */
async function checkVault(db: LevelDatabase, state: LogState): Promise<Damage | null> {
  let digest: Uint8Array = EMPTY_STATE.vault;
  try {
    for await (const piece of db.everything(sideRange('vault'), CHECK_EVENTS)) {
      for (const [key, stored] of piece) {
        sideValue(key, stored);
        digest = xorDigest(digest, storedCheck(stored));
      }
    }
  } catch (error) {
    return damageOf(error);
  }
  if (Buffer.compare(digest, state.vault) === 0) return null;
  return { position: null, reason: 'the vault does not hold what was written to it' };
}

/** A `log-damaged` as a value; anything else goes on. */
export function damageOf(error: unknown): Damage {
  if (!(error instanceof LogError) || error.code !== 'log-damaged') throw error;
  return { position: error.actual, reason: error.message };
}
