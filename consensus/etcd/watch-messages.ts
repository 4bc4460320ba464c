/** Messages of etcd's watch stream (etcdserverpb.Watch, mvccpb.Event), the part that we use. */
import type { KeyValue, WatchChange } from '../key-value-quorum.ts';
import { readKeyValue } from './kv-messages.ts';
import { HEADER_FIELD, type Method, NO_HEADER, readHeader } from './method.ts';
import { encode, FieldReader, flag, integer, message, text } from './protobuf.ts';

export type WatchMessage =
  | { readonly type: 'create'; readonly key: string; readonly end?: string; readonly from?: bigint }
  /** Asks for a sign of life; every member from 3.4 on answers it. */
  | { readonly type: 'progress' };

export interface WatchResponse {
  /** Of the store, perhaps ahead of what this watch was told. */
  readonly revision: bigint;
  readonly created: boolean;
  readonly canceled: boolean;
  /** Other than 0n: the watch wanted something older than this. */
  readonly compactRevision: bigint;
  readonly cancelReason: string;
  readonly changes: readonly WatchChange[];
}

export const WATCH: Method<WatchMessage, WatchResponse> = {
  path: '/etcdserverpb.Watch/Watch',
  encode: (request) => {
    if (request.type === 'progress') return encode([message(3, [])]);
    const { key, end, from } = request;
    // prev_kv, and fragments so that no single answer outgrows what a request may hold.
    return encode([
      message(1, [text(1, key), text(2, end ?? ''), integer(3, from ?? 0n), flag(6, true), flag(8, true)]),
    ]);
  },
  decode: readWatch,
};

function readWatch(bytes: Uint8Array): WatchResponse {
  const reader = new FieldReader(bytes);
  let revision = NO_HEADER.revision;
  let created = false;
  let canceled = false;
  let compactRevision = 0n;
  let cancelReason = '';
  const changes: WatchChange[] = [];
  while (reader.next()) {
    if (reader.number === HEADER_FIELD) revision = readHeader(reader.message()).revision;
    else if (reader.number === 3) created = reader.flag();
    else if (reader.number === 4) canceled = reader.flag();
    else if (reader.number === 5) compactRevision = reader.integer();
    else if (reader.number === 6) cancelReason = reader.text();
    else if (reader.number === 11) changes.push(readEvent(reader.message()));
  }
  return { revision, created, canceled, compactRevision, cancelReason, changes };
}

const EVENT_DELETE = 1n; // Event.EventType; PUT is 0.

function readEvent(reader: FieldReader): WatchChange {
  let type: WatchChange['type'] = 'put';
  let value: KeyValue | null = null;
  let previous: KeyValue | null = null;
  while (reader.next()) {
    if (reader.number === 1) type = reader.integer() === EVENT_DELETE ? 'delete' : 'put';
    else if (reader.number === 2) value = readKeyValue(reader.message());
    else if (reader.number === 3) previous = readKeyValue(reader.message());
  }
  value ??= readKeyValue(new FieldReader(new Uint8Array(0)));
  return previous ? { type, value, previous } : { type, value };
}
