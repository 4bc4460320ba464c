/**
 * Tokens to join a cluster: `SG1.<sha256 of the gateway CA>.<id>.<secret>`, one use, one hour (replication.md §4.3).
 *
 * The first part lets the joiner know whom it talks to before it says the secret. In the quorum lies `token/<id>` with
 * the hash of the secret only. A token that was used opens again for the same gateway: a join that broke off goes on.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type KeyValueQuorum, prefixEnd } from '#consensus/key-value-quorum.ts';
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';

const TOKEN_MS = 3_600_000;
const FORGOTTEN_MS = 7 * 86_400_000; // A join that broke off is taken up again within a week, or asks for a new token.
const SPACE = 'token/';
const ID_BYTES = 8;
const SECRET_BYTES = 32;

export interface JoinToken {
  /** SHA-256 of the gateway CA's certificate, hex. */
  readonly caSha256: string;
  readonly id: string;
  readonly secret: string;
}

/** Null when the text is no token. */
export function readToken(text: string): JoinToken | null {
  const found = /^SG1\.([0-9a-f]{64})\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})$/.exec(text.trim());
  return found && { caSha256: found[1]!, id: found[2]!, secret: found[3]! };
}

const recordSchema = z.strictObject({
  v: z.literal(1),
  secretSha256: z.string(),
  role: z.enum(['voter', 'gateway', 'standby', 'witness', 'auto']),
  expiresAtMs: z.number(),
  /** Who asked for it: the actor of the admission. */
  by: z.string(),
  reason: z.string(),
  usedBy: z.strictObject({ node: z.string(), publicKey: z.string() }).nullable(),
});
type TokenRecord = z.infer<typeof recordSchema>;

export type TokenRefusal = 'wrong-token' | 'expired-token' | 'used-token';

export interface NewToken {
  readonly text: string;
  readonly expiresAtMs: number;
}

export interface TokenRequest {
  readonly role: GatewayRole | 'auto';
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** Rejects with QuorumError. */
export async function issueToken(
  quorum: Pick<KeyValueQuorum, 'txn' | 'range'>,
  caSha256: string,
  { role, by, reason, atMs }: TokenRequest,
): Promise<NewToken> {
  await forgetOld(quorum, atMs);
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const expiresAtMs = atMs + TOKEN_MS;
  const record: TokenRecord = {
    v: 1,
    secretSha256: hashOf(secret),
    role,
    expiresAtMs,
    by,
    reason,
    usedBy: null,
  };
  const key = SPACE + id;
  await quorum.txn({
    compare: [{ key, modRevision: 0n }],
    success: [{ type: 'put', key, value: octets(record) }],
  });
  return { text: `SG1.${caSha256}.${id}.${secret}`, expiresAtMs };
}

export interface Claimant {
  readonly node: string;
  readonly publicKey: string;
}

/** Uses the token up for this gateway. Rejects with QuorumError. */
export async function claimToken(
  quorum: Pick<KeyValueQuorum, 'txn' | 'range'>,
  token: Pick<JoinToken, 'id' | 'secret'>,
  { node, publicKey }: Claimant,
  atMs: number,
): Promise<
  { readonly token: Pick<TokenRecord, 'role' | 'by' | 'reason'> } | { readonly refusal: TokenRefusal }
> {
  const key = SPACE + token.id;
  for (;;) {
    const [found] = (await quorum.range({ key })).values;
    const record = found ? recordOf(found.value) : null;
    if (!found || !record || !sameSecret(record, token.secret)) return { refusal: 'wrong-token' };
    if (record.usedBy) {
      const again = record.usedBy.node === node && record.usedBy.publicKey === publicKey;
      return again ? { token: record } : { refusal: 'used-token' };
    }
    if (atMs > record.expiresAtMs) return { refusal: 'expired-token' };
    const used = await quorum.txn({
      compare: [{ key, modRevision: found.modRevision }],
      success: [{ type: 'put', key, value: octets({ ...record, usedBy: { node, publicKey } }) }],
    });
    if (used.succeeded) return { token: record };
    // Somebody else was first: look again.
  }
}

async function forgetOld(quorum: Pick<KeyValueQuorum, 'txn' | 'range'>, atMs: number): Promise<void> {
  const { values } = await quorum.range({ key: SPACE, end: prefixEnd(SPACE) });
  for (const { key, value } of values) {
    const record = recordOf(value);
    if (record && atMs < record.expiresAtMs + FORGOTTEN_MS) continue;
    await quorum.txn({ compare: [], success: [{ type: 'delete', key }] });
  }
}

function recordOf(value: Uint8Array): TokenRecord | null {
  try {
    return recordSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
  } catch {
    return null;
  }
}

const octets = (record: TokenRecord): Uint8Array => Buffer.from(JSON.stringify(record));
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

function sameSecret({ secretSha256 }: TokenRecord, secret: string): boolean {
  const known = Buffer.from(secretSha256, 'hex');
  const given = Buffer.from(hashOf(secret), 'hex');
  return known.length === given.length && timingSafeEqual(known, given);
}
