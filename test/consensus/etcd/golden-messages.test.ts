/**
 * Every message that goes to etcd, octet by octet, and the answers that matter, read (requirement 15).
 *
 * The octets were written by protoc 3.21 from etcd's published field and enum numbers, not by the code under test.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as auth from '#consensus/etcd/auth-messages.ts';
import * as cluster from '#consensus/etcd/cluster-messages.ts';
import { COMPACT, RANGE, TXN } from '#consensus/etcd/kv-messages.ts';
import { LEASE_GRANT, LEASE_KEEP_ALIVE, LEASE_REVOKE } from '#consensus/etcd/lease-messages.ts';
import type { Method } from '#consensus/etcd/method.ts';
import { ProtobufError } from '#consensus/etcd/protobuf.ts';
import { WATCH } from '#consensus/etcd/watch-messages.ts';
import type { Txn } from '#consensus/key-value-quorum.ts';

const LEASE = 8526632513215628n;
const MAX_ID = 0xffff_ffff_ffff_ffffn;

const TRANSACTION: Txn = {
  compare: [
    { key: 'head', modRevision: 300n },
    { key: 'x', modRevision: 0n },
    { key: 'n', createRevision: 0n },
  ],
  success: [
    { type: 'put', key: 'e', value: Uint8Array.of(0, 255) },
    { type: 'put', key: 'l', value: Buffer.from('v'), lease: LEASE },
    { type: 'delete', key: 'd' },
    { type: 'delete', key: 'd/', end: 'd0' },
  ],
  failure: [
    { type: 'range', key: 'head' },
    { type: 'range', key: 'e/', end: 'e0', limit: 101 },
  ],
};

function sends<Q>(path: string, method: Method<Q, unknown>, request: Q, hex: string): void {
  it(`${path.split('/')[2]} ${hex.slice(0, 24)}`, () => {
    assert.equal(method.path, path);
    assert.equal(method.encode(request).toString('hex'), hex);
  });
}

describe('what is sent to etcd', () => {
  const KV = '/etcdserverpb.KV';
  sends(`${KV}/Range`, RANGE, { key: 'a' }, '0a0161');
  const range = { key: 'a/', end: 'a0', limit: 100, serializable: true, keysOnly: true };
  sends(`${KV}/Range`, RANGE, range, '0a02612f12026130186438014001');
  sends(
    `${KV}/Txn`,
    TXN,
    TRANSACTION,
    '0a0b10021a046865616430ac020a0710021a017830000a0710011a016e2800120912070a0165120200ff1211120f0a016c120176' +
      '188cb9d2b0d5dd920f12051a030a0164120a1a080a02642f120264301a080a060a04686561641a0c0a0a0a02652f120265301865',
  );
  sends(`${KV}/Compact`, COMPACT, { revision: 65536n }, '088080041001');

  const watch = '/etcdserverpb.Watch/Watch';
  sends(watch, WATCH, { type: 'create', key: 'a/', end: 'a0', from: 7n }, '0a0e0a02612f12026130180730014001');
  sends(watch, WATCH, { type: 'create', key: 'a' }, '0a070a016130014001');
  sends(watch, WATCH, { type: 'progress' }, '1a00');

  sends('/etcdserverpb.Lease/LeaseGrant', LEASE_GRANT, { ttlSeconds: 15 }, '080f');
  sends('/etcdserverpb.Lease/LeaseRevoke', LEASE_REVOKE, { id: LEASE }, '088cb9d2b0d5dd920f');
  sends('/etcdserverpb.Lease/LeaseKeepAlive', LEASE_KEEP_ALIVE, { id: LEASE }, '088cb9d2b0d5dd920f');

  const members = '/etcdserverpb.Cluster/Member';
  sends(`${members}List`, cluster.MEMBER_LIST, null, '0801');
  const learner = '0a0e68747470733a2f2f623a323338301001';
  sends(`${members}Add`, cluster.MEMBER_ADD_LEARNER, { peerUrls: ['https://b:2380'] }, learner);
  sends(`${members}Promote`, cluster.MEMBER_PROMOTE, { id: MAX_ID }, '08ffffffffffffffffff01');
  sends(`${members}Remove`, cluster.MEMBER_REMOVE, { id: MAX_ID }, '08ffffffffffffffffff01');

  const upkeep = '/etcdserverpb.Maintenance';
  sends(`${upkeep}/Status`, cluster.STATUS, null, '');
  sends(`${upkeep}/Defragment`, cluster.DEFRAGMENT, null, '');
  sends(`${upkeep}/MoveLeader`, cluster.MOVE_LEADER, { id: 9n }, '0809');
  sends(`${upkeep}/Alarm`, cluster.ALARM_LIST, null, '');
  const full = { memberId: 13803658152347727308n, kind: 'no-space' } as const;
  sends(`${upkeep}/Alarm`, cluster.ALARM_DISARM, full, '080210ccebf19cc6be9cc8bf011801');
  sends(`${upkeep}/Alarm`, cluster.ALARM_DISARM, { memberId: 5n, kind: 'corrupt' }, '080210051802');

  const rights = '/etcdserverpb.Auth';
  sends(`${rights}/UserAdd`, auth.USER_ADD, { name: 'gw' }, '0a0267771a020801');
  sends(`${rights}/UserDelete`, auth.USER_DELETE, { name: 'gw' }, '0a026777');
  sends(`${rights}/UserGrantRole`, auth.USER_GRANT_ROLE, { user: 'gw', role: 'r' }, '0a026777120172');
  sends(`${rights}/RoleAdd`, auth.ROLE_ADD, { name: 'r' }, '0a0172');
  sends(`${rights}/RoleDelete`, auth.ROLE_DELETE, { name: 'r' }, '0a0172');
  sends(`${rights}/AuthEnable`, auth.AUTH_ENABLE, null, '');
  for (const [permission, hex] of [
    [{ access: 'read', key: 'a/', end: 'a0' }, '0a017212081202612f1a026130'],
    [{ access: 'write', key: 'k' }, '0a01721205080112016b'],
    [{ access: 'read-write', key: 'k' }, '0a01721205080212016b'],
  ] as const)
    sends(`${rights}/RoleGrantPermission`, auth.ROLE_GRANT, { role: 'r', permission }, hex);
});

const HEADER_HEX = '0a1a08b298eaf1948386fccd0110cdd2918bd2b881cf8e01182a2003';
const HEADER = {
  clusterId: 14841639068965178418n,
  memberId: 10276657743932975437n,
  revision: 42n,
  raftTerm: 3n,
};
const NONE = new Uint8Array(0);
const keyValue = (fields: object) => ({
  ...{ key: 'k', value: NONE, createRevision: 0n, modRevision: 0n, lease: 0n },
  ...fields,
});

function reads<R>(method: Method<never, R>, hex: string): R {
  return method.decode(Buffer.from(HEADER_HEX + hex, 'hex'));
}

describe('what etcd answers', () => {
  it('a range: revisions, octets, a negative number', () => {
    const kv = { createRevision: 2n, modRevision: 40n, value: Buffer.of(0, 1), lease: -1n };
    assert.deepEqual(reads(RANGE, '12180a016b1002182820052a02000130ffffffffffffffffff0118012009'), {
      header: HEADER,
      values: [keyValue(kv)],
      more: true,
    });
  });

  it('a transaction: one result of each kind', () => {
    assert.deepEqual(reads(TXN, '10011a0212001a041a0210021a090a0712050a016b1801'), {
      header: HEADER,
      succeeded: true,
      results: [
        { type: 'put' },
        { type: 'delete', deleted: 2 },
        { type: 'range', values: [keyValue({ modRevision: 1n })], more: false },
      ],
    });
  });

  it('a watch: put and delete, what stood there before, a cancellation', () => {
    const { changes } = reads(
      WATCH,
      '38015a0e120c0a016b1007180720012a01765a15080112050a016b18081a0a0a016b100718072a0176',
    );
    const first = keyValue({ createRevision: 7n, modRevision: 7n, value: Buffer.from('v') });
    assert.deepEqual(changes, [
      { type: 'put', value: first },
      {
        type: 'delete',
        value: keyValue({ modRevision: 8n }),
        previous: first,
      },
    ]);
    const { created, canceled, compactRevision, cancelReason } = reads(WATCH, '1801200128053203776879');
    assert.deepEqual([created, canceled, compactRevision, cancelReason], [true, true, 5n, 'why']);
  });

  it('a lease kept alive', () => {
    assert.deepEqual(reads(LEASE_KEEP_ALIVE, '108cb9d2b0d5dd920f180e'), { id: LEASE, ttlSeconds: 14n });
  });

  it('members, with ids beyond 63 bits', () => {
    const a = {
      id: 1n,
      name: 'a',
      peerUrls: ['https://a:2380'],
      clientUrls: ['https://a:2379'],
      learner: false,
    };
    const b = { id: MAX_ID, name: '', peerUrls: ['https://b:2380'], clientUrls: [], learner: true };
    const answer =
      '121d08ffffffffffffffffff011a0e68747470733a2f2f623a3233383028011a2508011201611a0e68747470733a2f2f613a32333830' +
      '220e68747470733a2f2f613a323337391a1d08ffffffffffffffffff011a0e68747470733a2f2f623a323338302801';
    assert.deepEqual(reads(cluster.MEMBER_ADD_LEARNER, answer), { added: b, members: [a, b] });
  });

  it("a member's status, with a field of a later version", () => {
    const hex = '1206332e352e33331880a0012009280b3003380a4205616c61726d4880800150015a05332e362e30';
    assert.deepEqual(reads(cluster.STATUS, hex), {
      memberId: HEADER.memberId,
      revision: 42n,
      version: '3.5.33',
      dbBytes: 20_480,
      dbInUseBytes: 16_384,
      leader: 9n,
      raftIndex: 11n,
      raftTerm: 3n,
      raftAppliedIndex: 10n,
      learner: true,
      errors: ['alarm'],
    });
  });

  it('alarms of both kinds', () => {
    assert.deepEqual(reads(cluster.ALARM_LIST, '1204080910011204080a1002'), [
      { memberId: 9n, kind: 'no-space' },
      { memberId: 10n, kind: 'corrupt' },
    ]);
  });

  it('octets that are no message', () => {
    for (const hex of ['12ff', '1a', '08', '0f', `08${'ff'.repeat(10)}`])
      assert.throws(() => RANGE.decode(Buffer.from(hex, 'hex')), ProtobufError, hex);
  });
});
