/**
 * The newest format of the log that this gateway reads, and what it does with a log that is beyond it.
 *
 * SEALGATE_TEST_READS_FORMAT lowers it: for tests alone, which play an older version beside newer ones with it. Such a
 * gateway announces, writes and refuses as that version would.
 */
import type { StoredEvent } from '#consensus/event-log.ts';
import { foldStream } from '#domain/decider.ts';
import { LOG_FORMAT, LOG_FORMAT_STREAM, logFormatDecider } from '#domain/log-format.ts';
import { VERSION } from '#node/version.ts';

export function readsFormat(): number {
  const played = Number(process.env.SEALGATE_TEST_READS_FORMAT ?? LOG_FORMAT);
  return Math.min(LOG_FORMAT, Math.max(1, Math.trunc(played) || 1));
}

/** The format that a log has reached, by its events of LOG_FORMAT_STREAM. */
export async function formatReached(log: {
  readStream(stream: string): AsyncIterable<StoredEvent>;
}): Promise<number> {
  const stored: StoredEvent[] = [];
  for await (const event of log.readStream(LOG_FORMAT_STREAM)) stored.push(event);
  return foldStream(logFormatDecider, stored);
}

/** Throws when this version must not go on with the log. */
export async function refuseNewerLog(log: Parameters<typeof formatReached>[0]): Promise<void> {
  const reached = await formatReached(log);
  const reads = readsFormat();
  if (reached <= reads) return;
  throw new Error(
    `the log holds events of format ${reached}, this version (${VERSION}) reads format ${reads} at most: install the ` +
      'version that ran here before, or a newer one. Nothing was changed',
  );
}
