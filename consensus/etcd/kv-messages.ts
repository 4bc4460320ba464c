/**
 * Messages of etcd's key-value service (etcdserverpb.KV, mvccpb), the part that we use. Keys are whole, prefix included.
 *
 * Field and enum numbers are etcd's public interface; `test/consensus/etcd/golden-messages.test.ts` holds every message
 * to its octets.
 */
import type {
  Compare,
  KeyValue,
  Operation,
  OperationResult,
  RangeRequest,
  Txn,
} from '../key-value-quorum.ts';
import {
  HEADER_FIELD,
  type Method,
  NO_HEADER,
  type ResponseHeader,
  readHeader,
  readHeaderOnly,
} from './method.ts';
import {
  chosenInteger,
  encode,
  type Field,
  FieldReader,
  flag,
  integer,
  type MessageFields,
  message,
  octets,
  text,
} from './protobuf.ts';

const COMPARE_TARGET = { create: 1, mod: 2 } as const; // Compare.CompareTarget; `result` EQUAL is 0.

export interface RangeResponse {
  readonly header: ResponseHeader;
  readonly values: readonly KeyValue[];
  readonly more: boolean;
}

export interface TxnResponse {
  readonly header: ResponseHeader;
  readonly succeeded: boolean;
  readonly results: readonly OperationResult[];
}

export const RANGE: Method<RangeRequest, RangeResponse> = {
  path: '/etcdserverpb.KV/Range',
  encode: (request) => encode(rangeFields(request)),
  decode: (bytes) => readRange(new FieldReader(bytes)),
};

export const TXN: Method<Txn, TxnResponse> = {
  path: '/etcdserverpb.KV/Txn',
  encode: (txn) =>
    encode([
      ...txn.compare.map((compare) => message(1, compareFields(compare))),
      ...txn.success.map((operation) => message(2, [operationField(operation)])),
      ...(txn.failure ?? []).map((operation) => message(3, [operationField(operation)])),
    ]),
  decode: readTxn,
};

/** `physical`: answered when the space inside the file is free, so that a defragmentation finds it. */
export const COMPACT: Method<{ readonly revision: bigint }, ResponseHeader> = {
  path: '/etcdserverpb.KV/Compact',
  encode: ({ revision }) => encode([integer(1, revision), flag(2, true)]),
  decode: readHeaderOnly,
};

function rangeFields(request: RangeRequest): MessageFields {
  return [
    text(1, request.key),
    text(2, request.end ?? ''),
    integer(3, request.limit ?? 0),
    flag(7, request.serializable ?? false),
    flag(8, request.keysOnly ?? false),
  ];
}

function compareFields(compare: Compare): MessageFields {
  if ('modRevision' in compare) {
    const { key, modRevision } = compare;
    return [integer(2, COMPARE_TARGET.mod), text(3, key), chosenInteger(6, modRevision)];
  }
  const { key, createRevision } = compare;
  return [integer(2, COMPARE_TARGET.create), text(3, key), chosenInteger(5, createRevision)];
}

/** RequestOp.request, a oneof. */
function operationField(operation: Operation): Field {
  switch (operation.type) {
    case 'range':
      return message(1, rangeFields(operation));
    case 'put': {
      const { key, value, lease } = operation;
      return message(2, [text(1, key), octets(2, value), integer(3, lease ?? 0n)]);
    }
    case 'delete':
      return message(3, [text(1, operation.key), text(2, operation.end ?? '')]);
  }
}

function readTxn(bytes: Uint8Array): TxnResponse {
  const reader = new FieldReader(bytes);
  let header = NO_HEADER;
  let succeeded = false;
  const results: OperationResult[] = [];
  while (reader.next()) {
    if (reader.number === HEADER_FIELD) header = readHeader(reader.message());
    else if (reader.number === 2) succeeded = reader.flag();
    else if (reader.number === 3) results.push(readResult(reader.message()));
  }
  return { header, succeeded, results };
}

/** ResponseOp.response, a oneof. */
function readResult(reader: FieldReader): OperationResult {
  let result: OperationResult = { type: 'put' };
  while (reader.next()) {
    if (reader.number === 1) {
      const { values, more } = readRange(reader.message());
      result = { type: 'range', values, more };
    } else if (reader.number === 3) result = { type: 'delete', deleted: readDeleted(reader.message()) };
  }
  return result;
}

function readRange(reader: FieldReader): RangeResponse {
  let header = NO_HEADER;
  let more = false;
  const values: KeyValue[] = [];
  while (reader.next()) {
    if (reader.number === HEADER_FIELD) header = readHeader(reader.message());
    else if (reader.number === 2) values.push(readKeyValue(reader.message()));
    else if (reader.number === 3) more = reader.flag();
  }
  return { header, values, more };
}

function readDeleted(reader: FieldReader): number {
  let deleted = 0n;
  while (reader.next()) if (reader.number === 2) deleted = reader.integer();
  return Number(deleted);
}

const NO_OCTETS = new Uint8Array(0);

/** mvccpb.KeyValue. */
export function readKeyValue(reader: FieldReader): KeyValue {
  let key = '';
  let value: Uint8Array = NO_OCTETS;
  let createRevision = 0n;
  let modRevision = 0n;
  let lease = 0n;
  while (reader.next()) {
    if (reader.number === 1) key = reader.text();
    else if (reader.number === 2) createRevision = reader.integer();
    else if (reader.number === 3) modRevision = reader.integer();
    else if (reader.number === 5) value = reader.octets();
    else if (reader.number === 6) lease = reader.integer();
  }
  return { key, value, createRevision, modRevision, lease };
}
