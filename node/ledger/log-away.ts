/** Errors that say that the log takes no changes now: what wants to be recorded waits, or is refused with a sentence. */
import { errorCode } from './execute.ts';

/** Surely not recorded, for a reason that will pass (consensus/event-log.ts). */
export const NO_CHANGES: readonly string[] = ['no-quorum', 'quota-full', 'fenced', 'log-damaged'];

/** Perhaps recorded: to be asked again with the same ids. */
const UNCLEAR: readonly string[] = ['unresolved', 'disconnected'];

/** Nothing was recorded, and nothing will be for a while. */
export const takesNoChanges = (error: unknown): boolean => NO_CHANGES.includes(errorCode(error) ?? '');

/** The same, or no answer at all. */
export const isLogAway = (error: unknown): boolean =>
  takesNoChanges(error) || UNCLEAR.includes(errorCode(error) ?? '');
