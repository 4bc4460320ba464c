/** One remote procedure of etcd: where it is called, how its messages are written and read. */
import { FieldReader } from './protobuf.ts';

export interface Method<Request, Response> {
  /** `/etcdserverpb.<service>/<procedure>`, the gRPC path. */
  readonly path: string;
  encode(request: Request): Buffer;
  decode(octets: Uint8Array): Response;
}

/** Field 1 of every response. Revision 0n: the procedure has nothing to do with keys. */
export interface ResponseHeader {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly revision: bigint;
  readonly raftTerm: bigint;
}

export const HEADER_FIELD = 1;

export const NO_HEADER: ResponseHeader = { clusterId: 0n, memberId: 0n, revision: 0n, raftTerm: 0n };

export function readHeader(reader: FieldReader): ResponseHeader {
  let { clusterId, memberId, revision, raftTerm } = NO_HEADER;
  while (reader.next()) {
    if (reader.number === 1) clusterId = reader.unsigned();
    else if (reader.number === 2) memberId = reader.unsigned();
    else if (reader.number === 3) revision = reader.integer();
    else if (reader.number === 4) raftTerm = reader.unsigned();
  }
  return { clusterId, memberId, revision, raftTerm };
}

/** For procedures whose answer says no more than that it was done. */
export function readHeaderOnly(octets: Uint8Array): ResponseHeader {
  const reader = new FieldReader(octets);
  let header = NO_HEADER;
  while (reader.next()) if (reader.number === HEADER_FIELD) header = readHeader(reader.message());
  return header;
}
