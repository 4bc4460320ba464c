/**
 * Makes a private key in the `keys` process and prepares the event that carries its sealed secret.
 */
import { randomUUID } from 'node:crypto';
import type { Draft } from '#consensus/event-log.ts';
import { toBase64Url } from '#domain/canonical-json.ts';
import {
  type KeyFacts,
  type KeyOwner,
  type KeyUsage,
  keyRecordDecider,
  keyStream,
} from '#domain/keys/key-record.ts';
import { recordSecret } from '#domain/keys/sealed-secret.ts';
import type { KeyAlgorithm } from '#node/keys/port.ts';
import { type CommandMeta, draftOf } from '#node/ledger/execute.ts';
import type { CaPorts } from './ca-ports.ts';

export interface KeyToRecord {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  /** The event, as number `index` of the request's batch. Its stream is new, so it needs no expectation. */
  draft(index: number): Draft;
}

export async function generateKey(
  { keys }: Pick<CaPorts, 'keys'>,
  algorithm: KeyAlgorithm,
  owner: KeyOwner,
  usage: KeyUsage,
  meta: CommandMeta,
): Promise<KeyToRecord> {
  const stream = keyStream(randomUUID());
  const subject = owner.kind === 'person' ? `person/${owner.address}` : `authority/${owner.id}`;
  const place = { stream, version: 1, kind: 'KeyGenerated' };
  const { keyId, publicKey, secret } = await keys.generate({ algorithm, subject, place });
  if (keyStream(keyId) !== stream)
    throw new Error('the keys process named the key otherwise than its stream');
  const facts: KeyFacts = {
    keyId,
    technology: 'smime',
    usage,
    owner,
    publicKey: toBase64Url(publicKey),
    secret: recordSecret(secret),
  };
  return {
    keyId,
    publicKey,
    draft: (index) =>
      draftOf(keyRecordDecider, stream, { type: 'KeyGenerated', ...facts, at: meta.atMs }, meta, index),
  };
}
