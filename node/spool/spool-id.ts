/**
 * Names of spooled mails: `<node>.<epoch>.<ulid>` (replication.md §5.2), sorted by time within a node.
 *
 * The ULID's 80 random bits make it unique also when the clock is set back.
 */
import { randomBytes } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;
export const SPOOL_FILE_SUFFIX = '.sgf';
const SPOOL_ID = /^[a-z0-9][a-z0-9-]{0,62}\.\d{1,15}\.[0-9A-HJKMNP-TV-Z]{26}$/;

export function newSpoolId(node: string, epoch: number, nowMs: number): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < TIME_CHARS; i += 1) {
    time = CROCKFORD[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let random = '';
  for (const byte of randomBytes(RANDOM_CHARS)) random += CROCKFORD[byte & 31];
  return `${node}.${epoch}.${time}${random}`;
}

/** The id in a file name of the spool, or null when it is no spooled mail. */
export function spoolIdOfFile(name: string): string | null {
  if (!name.endsWith(SPOOL_FILE_SUFFIX)) return null;
  const id = name.slice(0, -SPOOL_FILE_SUFFIX.length);
  return SPOOL_ID.test(id) ? id : null;
}
