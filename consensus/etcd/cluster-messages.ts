/** Messages of etcd's cluster and maintenance services (etcdserverpb.Cluster, .Maintenance), the part that we use. */
import { type Method, type ResponseHeader, readHeaderOnly } from './method.ts';
import { encode, FieldReader, flag, integer, text } from './protobuf.ts';

export interface Member {
  readonly id: bigint;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly learner: boolean;
}

export interface MembersResponse {
  /** The one that was added; null for the other procedures. */
  readonly added: Member | null;
  readonly members: readonly Member[];
}

type ById = { readonly id: bigint };

/** `linearizable` is 3.5's; 3.4 answers from what the asked member knows. */
export const MEMBER_LIST: Method<null, MembersResponse> = {
  path: '/etcdserverpb.Cluster/MemberList',
  encode: () => encode([flag(1, true)]),
  decode: (bytes) => ({ added: null, members: readMembers(bytes, 2) }),
};

/** What the asked member knows, perhaps old; needs no leader. */
export const KNOWN_MEMBERS: Method<null, MembersResponse> = { ...MEMBER_LIST, encode: () => encode([]) };

export const MEMBER_ADD_LEARNER: Method<{ readonly peerUrls: readonly string[] }, MembersResponse> = {
  path: '/etcdserverpb.Cluster/MemberAdd',
  encode: ({ peerUrls }) => encode([...peerUrls.map((url) => text(1, url)), flag(2, true)]),
  decode: (bytes) => ({ added: readMembers(bytes, 2)[0] ?? null, members: readMembers(bytes, 3) }),
};

export const MEMBER_PROMOTE: Method<ById, MembersResponse> = {
  path: '/etcdserverpb.Cluster/MemberPromote',
  encode: ({ id }) => encode([integer(1, id)]),
  decode: (bytes) => ({ added: null, members: readMembers(bytes, 2) }),
};

export const MEMBER_REMOVE: Method<ById, MembersResponse> = {
  path: '/etcdserverpb.Cluster/MemberRemove',
  encode: ({ id }) => encode([integer(1, id)]),
  decode: (bytes) => ({ added: null, members: readMembers(bytes, 2) }),
};

function readMembers(bytes: Uint8Array, field: number): Member[] {
  const reader = new FieldReader(bytes);
  const members: Member[] = [];
  while (reader.next()) if (reader.number === field) members.push(readMember(reader.message()));
  return members;
}

function readMember(reader: FieldReader): Member {
  let id = 0n;
  let name = '';
  const peerUrls: string[] = [];
  const clientUrls: string[] = [];
  let learner = false;
  while (reader.next()) {
    if (reader.number === 1) id = reader.unsigned();
    else if (reader.number === 2) name = reader.text();
    else if (reader.number === 3) peerUrls.push(reader.text());
    else if (reader.number === 4) clientUrls.push(reader.text());
    else if (reader.number === 5) learner = reader.flag();
  }
  return { id, name, peerUrls, clientUrls, learner };
}

export interface MemberStatus {
  /** Of the asked member. */
  readonly memberId: bigint;
  /** Of its keys. */
  readonly revision: bigint;
  readonly version: string;
  readonly dbBytes: number;
  readonly dbInUseBytes: number;
  /** 0n: it knows none. */
  readonly leader: bigint;
  readonly raftTerm: bigint;
  readonly raftIndex: bigint;
  readonly raftAppliedIndex: bigint;
  readonly learner: boolean;
  readonly errors: readonly string[];
}

export const STATUS: Method<null, MemberStatus> = {
  path: '/etcdserverpb.Maintenance/Status',
  encode: () => encode([]),
  decode: readStatus,
};

function readStatus(bytes: Uint8Array): MemberStatus {
  const reader = new FieldReader(bytes);
  const numbers = new Map<number, bigint>();
  const errors: string[] = [];
  let version = '';
  while (reader.next()) {
    if (reader.number === 2) version = reader.text();
    else if (reader.number === 8) errors.push(reader.text());
    else if ([3, 4, 5, 6, 7, 9, 10].includes(reader.number)) numbers.set(reader.number, reader.unsigned());
  }
  const number = (field: number): bigint => numbers.get(field) ?? 0n;
  const { memberId, revision } = readHeaderOnly(bytes);
  return {
    memberId,
    revision,
    version,
    dbBytes: Number(number(3)),
    leader: number(4),
    raftIndex: number(5),
    raftTerm: number(6),
    raftAppliedIndex: number(7),
    dbInUseBytes: Number(number(9)),
    learner: number(10) === 1n,
    errors,
  };
}

/** AlarmType; an unknown one is told as its number. */
const ALARM_TYPE = { 'no-space': 1, corrupt: 2 } as const;
const ALARM_DEACTIVATE = 2; // AlarmRequest.AlarmAction; GET is 0.

export type AlarmKind = keyof typeof ALARM_TYPE | `unknown-${string}`;

export interface Alarm {
  readonly memberId: bigint;
  readonly kind: AlarmKind;
}

/** All standing alarms: action GET, type NONE, all members. */
export const ALARM_LIST: Method<null, readonly Alarm[]> = {
  path: '/etcdserverpb.Maintenance/Alarm',
  encode: () => encode([]),
  decode: readAlarms,
};

/** By member id: with id 0 some of several alarms stay (seen on 3.4.23). */
export const ALARM_DISARM: Method<
  { readonly memberId: bigint; readonly kind: keyof typeof ALARM_TYPE },
  readonly Alarm[]
> = {
  path: '/etcdserverpb.Maintenance/Alarm',
  encode: ({ memberId, kind }) =>
    encode([integer(1, ALARM_DEACTIVATE), integer(2, memberId), integer(3, ALARM_TYPE[kind])]),
  decode: readAlarms,
};

function readAlarms(bytes: Uint8Array): readonly Alarm[] {
  const reader = new FieldReader(bytes);
  const alarms: Alarm[] = [];
  while (reader.next()) if (reader.number === 2) alarms.push(readAlarm(reader.message()));
  return alarms;
}

function readAlarm(reader: FieldReader): Alarm {
  let memberId = 0n;
  let type = 0n;
  while (reader.next()) {
    if (reader.number === 1) memberId = reader.unsigned();
    else if (reader.number === 2) type = reader.unsigned();
  }
  if (type === BigInt(ALARM_TYPE['no-space'])) return { memberId, kind: 'no-space' };
  if (type === BigInt(ALARM_TYPE.corrupt)) return { memberId, kind: 'corrupt' };
  return { memberId, kind: `unknown-${type}` };
}

export const DEFRAGMENT: Method<null, ResponseHeader> = {
  path: '/etcdserverpb.Maintenance/Defragment',
  encode: () => encode([]),
  decode: readHeaderOnly,
};

export const MOVE_LEADER: Method<ById, ResponseHeader> = {
  path: '/etcdserverpb.Maintenance/MoveLeader',
  encode: ({ id }) => encode([integer(1, id)]),
  decode: readHeaderOnly,
};
