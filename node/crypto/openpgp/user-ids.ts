/**
 * User ids that a key really binds, and the addresses in them by the strict parser (threats 6, 12).
 */
import type { Key } from 'openpgp';
import { parseMailbox } from '#domain/mail/address.ts';
import { READING } from './algorithms.ts';
import { judgedAt } from './parsed-keys.ts';

const USER_IDS_MAX = 100; // Each costs a signature check; the rest of a key with more is not looked at.

interface BoundUserIds {
  /** The primary one first; cleaned of control characters, for display. */
  readonly userIds: readonly string[];
  /** Canonical, each once. */
  readonly addresses: readonly string[];
}

/** Only user ids with a valid self-signature that are not revoked. */
export async function boundUserIds(key: Key, atMs: number): Promise<BoundUserIds> {
  const date = judgedAt(atMs);
  const bound: string[] = [];
  for (const user of key.users.slice(0, USER_IDS_MAX)) {
    if (!user.userID) continue;
    const holds = await user.verify(date, READING).then(
      () => true,
      () => false,
    );
    if (holds) bound.push(user.userID.userID);
  }
  const primary = await key.getPrimaryUser(date, undefined, READING).then(
    ({ user }) => user.userID?.userID,
    () => undefined,
  );
  bound.sort((a, b) => Number(b === primary) - Number(a === primary));
  const addresses = bound.map(addressOfUserId).filter((address) => address !== null);
  return { userIds: bound.map(cleaned), addresses: [...new Set(addresses)] };
}

/** `Name (comment) <local@domain>` or a bare address; anything else binds no address. */
export function addressOfUserId(userId: string): string | null {
  const angle = /^[^<>]*<([^<>]+)>$/.exec(userId);
  const parsed = parseMailbox(angle ? (angle[1] as string) : userId);
  return parsed.ok ? parsed.address.text : null;
}

/** Controls and direction marks would let a name pose as another (threats 6, 10). */
function cleaned(userId: string): string {
  return userId.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
