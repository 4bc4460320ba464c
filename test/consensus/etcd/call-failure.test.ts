/** What a failed call means: only what was surely not applied may be called so. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { EtcdRefusal, failureOf, type RefusalReason } from '#consensus/etcd/call-failure.ts';
import { QuorumError, type QuorumErrorCode } from '#consensus/key-value-quorum.ts';

const CASES: readonly (readonly [QuorumErrorCode, keyof typeof status, string])[] = [
  ['unavailable', 'UNAVAILABLE', 'etcdserver: no leader'],
  ['unavailable', 'UNAVAILABLE', 'etcdserver: not capable'],
  ['unavailable', 'UNAVAILABLE', 'etcdserver: rpc not supported for learner'],
  ['unavailable', 'UNAVAILABLE', 'etcdserver: unhealthy cluster'],
  ['unavailable', 'UNAVAILABLE', 'No connection established. Last error: connect ECONNREFUSED'],
  ['unavailable', 'RESOURCE_EXHAUSTED', 'etcdserver: too many requests'],
  ['unavailable', 'UNKNOWN', 'raft proposal dropped'],
  ['unavailable', 'DATA_LOSS', 'etcdserver: corrupt cluster'],
  ['unclear', 'UNAVAILABLE', 'etcdserver: request timed out'],
  ['unclear', 'UNAVAILABLE', 'etcdserver: request timed out, possibly due to previous leader failure'],
  ['unclear', 'UNAVAILABLE', 'etcdserver: request timed out, possibly due to connection lost'],
  ['unclear', 'UNAVAILABLE', 'etcdserver: server stopped'],
  ['unclear', 'UNAVAILABLE', 'etcdserver: leader changed'],
  ['unclear', 'UNAVAILABLE', 'Connection dropped'],
  ['unclear', 'UNAVAILABLE', 'a text that no version known here has'],
  ['unclear', 'DEADLINE_EXCEEDED', 'Deadline exceeded'],
  ['unclear', 'CANCELLED', 'Cancelled on client'],
  ['unclear', 'INTERNAL', 'Received RST_STREAM with code 2'],
  ['unclear', 'UNKNOWN', 'context canceled'],
  ['unclear', 'RESOURCE_EXHAUSTED', 'Received message larger than max (70000000 vs 67108864)'],
  ['no-space', 'RESOURCE_EXHAUSTED', 'etcdserver: mvcc: database space exceeded'],
  ['denied', 'PERMISSION_DENIED', 'etcdserver: permission denied'],
  ['denied', 'UNAUTHENTICATED', 'etcdserver: invalid auth token'],
  ['denied', 'INVALID_ARGUMENT', 'etcdserver: user name is empty'],
  ['compacted', 'OUT_OF_RANGE', 'etcdserver: mvcc: required revision has been compacted'],
  ['not-found', 'NOT_FOUND', 'etcdserver: requested lease not found'],
];

const REFUSALS: readonly (readonly [RefusalReason, keyof typeof status, string])[] = [
  [
    'learner-not-ready',
    'FAILED_PRECONDITION',
    'etcdserver: can only promote a learner member which is in sync with leader',
  ],
  ['too-many-learners', 'FAILED_PRECONDITION', 'etcdserver: too many learner members in cluster'],
  [
    'not-enough-members',
    'FAILED_PRECONDITION',
    'etcdserver: re-configuration failed due to not enough started members',
  ],
  ['exists', 'FAILED_PRECONDITION', 'etcdserver: Peer URLs already exists'],
  ['exists', 'FAILED_PRECONDITION', 'etcdserver: user name already exists'],
  ['absent', 'FAILED_PRECONDITION', 'etcdserver: role name not found'],
  ['absent', 'NOT_FOUND', 'etcdserver: member not found'],
  ['other', 'INVALID_ARGUMENT', 'etcdserver: request is too large'],
  ['other', 'RESOURCE_EXHAUSTED', 'grpc: received message larger than max (2097197 vs. 2097152)'],
  ['other', 'INVALID_ARGUMENT', 'etcdserver: duplicate key given in txn request'],
  ['other', 'UNIMPLEMENTED', 'unknown method'],
];

describe('a failed call', () => {
  for (const [code, name, text] of CASES)
    it(`${name} "${text}" is ${code}`, () => {
      const failure = failureOf(status[name], text);
      assert.ok(failure instanceof QuorumError);
      assert.deepEqual([failure.code, failure.message], [code, text]);
    });
  for (const [reason, name, text] of REFUSALS)
    it(`${name} "${text}" is refused: ${reason}`, () => {
      const failure = failureOf(status[name], text);
      assert.ok(failure instanceof EtcdRefusal);
      assert.deepEqual([failure.reason, failure.message], [reason, text]);
    });
});
