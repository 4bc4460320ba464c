/** Messages of etcd's lease service (etcdserverpb.Lease), the part that we use. */
import { type Method, type ResponseHeader, readHeaderOnly } from './method.ts';
import { encode, FieldReader, integer } from './protobuf.ts';

export interface LeaseResponse {
  readonly id: bigint;
  /** 0 or less: expired or unknown. */
  readonly ttlSeconds: bigint;
}

/** The server chooses the id. */
export const LEASE_GRANT: Method<{ readonly ttlSeconds: number }, LeaseResponse> = {
  path: '/etcdserverpb.Lease/LeaseGrant',
  encode: ({ ttlSeconds }) => encode([integer(1, ttlSeconds)]),
  decode: readLease,
};

export const LEASE_REVOKE: Method<{ readonly id: bigint }, ResponseHeader> = {
  path: '/etcdserverpb.Lease/LeaseRevoke',
  encode: ({ id }) => encode([integer(1, id)]),
  decode: readHeaderOnly,
};

/** A stream in both directions; we send one request on each. */
export const LEASE_KEEP_ALIVE: Method<{ readonly id: bigint }, LeaseResponse> = {
  path: '/etcdserverpb.Lease/LeaseKeepAlive',
  encode: ({ id }) => encode([integer(1, id)]),
  decode: readLease,
};

function readLease(bytes: Uint8Array): LeaseResponse {
  const reader = new FieldReader(bytes);
  let id = 0n;
  let ttlSeconds = 0n;
  while (reader.next()) {
    if (reader.number === 2) id = reader.integer();
    else if (reader.number === 3) ttlSeconds = reader.integer();
  }
  return { id, ttlSeconds };
}
