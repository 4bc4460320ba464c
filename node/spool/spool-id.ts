/**
 * Names of spooled mails: `<node>.<epoch>.<ulid>` (replication.md §5.2), sorted by time within a node.
 *
 * The ULID's 80 random bits make it unique also when the clock is set back. What is made of a mail (queued copies,
 * reports, held parts) is named `<spoolId>.<more>`, so that it can be found from the mail's name.
 */
import { randomBytes } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;
export const SPOOL_FILE_SUFFIX = '.sgf';
/** A node of a cluster is named by up to 63 characters of the setting, a hyphen and eight hex digits. */
const SPOOL_ID = /^[a-z0-9][a-z0-9-]{0,79}\.\d{1,15}\.[0-9A-HJKMNP-TV-Z]{26}$/;
const BEGINS_WITH_SPOOL_ID = /^[a-z0-9][a-z0-9-]{0,79}\.\d{1,15}\.[0-9A-HJKMNP-TV-Z]{26}(?=\.)/;

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

/** True for what may be a file name of the spool: no path, no hidden file. */
export function isSpoolId(text: string): boolean {
  return SPOOL_ID.test(text);
}

/** The id in a file name of the spool, or null when it is no spooled mail. */
export function spoolIdOfFile(name: string): string | null {
  if (!name.endsWith(SPOOL_FILE_SUFFIX)) return null;
  const id = name.slice(0, -SPOOL_FILE_SUFFIX.length);
  return SPOOL_ID.test(id) ? id : null;
}

/** The mail that `name` was made of: a queue id, a hold id, or a file named by one of them or by the mail itself. */
export function spoolIdIn(name: string): string | null {
  return BEGINS_WITH_SPOOL_ID.exec(name)?.[0] ?? null;
}
