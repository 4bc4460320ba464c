/**
 * What a failed call means: gRPC status and etcd's text → QuorumError, or EtcdRefusal for what no repetition will mend.
 *
 * The question that matters is whether a change may have been made. Only what etcd says before it proposes anything, or
 * what was never sent, is `unavailable`; every other failure of a sent call is `unclear`.
 */
import { status } from '@grpc/grpc-js';
import { QuorumError } from '../key-value-quorum.ts';

/** etcd's refusals before a proposal is made (its interceptors and admission checks), and gRPC's before it sends. */
const SURELY_NOT_APPLIED = [
  'etcdserver: no leader',
  'etcdserver: not capable',
  'etcdserver: rpc not supported for learner',
  'etcdserver: too many requests',
  'etcdserver: unhealthy cluster',
  'raft proposal dropped',
  // Checked while applying, before anything is written.
  'etcdserver: corrupt cluster',
  'auth: revision in header is old',
  'etcdserver: revision of auth store is old',
  'No connection established',
  'Channel closed before call started',
];

/** Without a common name in the client certificate there is no user. */
const NOT_A_USER = ['etcdserver: user name is empty', 'etcdserver: authentication failed'];

export type RefusalReason =
  | 'learner-not-ready'
  | 'too-many-learners'
  | 'not-enough-members'
  | 'exists'
  | 'absent'
  | 'other';

/** etcd understood the call and will not do it as things are; surely not applied. */
export class EtcdRefusal extends Error {
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.name = 'EtcdRefusal';
    this.reason = reason;
  }
}

const REFUSALS: readonly (readonly [RefusalReason, RegExp])[] = [
  ['learner-not-ready', /can only promote a learner member which is in sync/],
  ['too-many-learners', /too many learner members/],
  ['not-enough-members', /not enough started members/],
  ['exists', /already exists?$/],
  ['absent', /(not found|is not granted to the (user|role))$/],
];

/** `code` and `details` of gRPC's ServiceError. */
export function failureOf(code: status, details: string): QuorumError | EtcdRefusal {
  if (SURELY_NOT_APPLIED.some((start) => details.startsWith(start)))
    return new QuorumError('unavailable', details);
  switch (code) {
    case status.PERMISSION_DENIED:
    case status.UNAUTHENTICATED:
      return new QuorumError('denied', details);
    case status.INVALID_ARGUMENT:
      if (NOT_A_USER.some((start) => details.startsWith(start))) return new QuorumError('denied', details);
      return refusalOf(details);
    case status.RESOURCE_EXHAUSTED:
      // Without the `grpc:` it is an answer that was too large for us.
      if (details.startsWith('grpc: received message larger than max')) return refusalOf(details);
      return new QuorumError(details.includes('database space exceeded') ? 'no-space' : 'unclear', details);
    case status.OUT_OF_RANGE:
      return details.includes('has been compacted')
        ? new QuorumError('compacted', details)
        : refusalOf(details);
    case status.NOT_FOUND:
      return details.includes('lease') ? new QuorumError('not-found', details) : refusalOf(details);
    case status.FAILED_PRECONDITION:
    case status.ALREADY_EXISTS:
    case status.UNIMPLEMENTED:
      return refusalOf(details);
    case status.OK:
    case status.CANCELLED:
    case status.UNKNOWN:
    case status.DEADLINE_EXCEEDED:
    case status.ABORTED:
    case status.INTERNAL:
    case status.UNAVAILABLE:
    case status.DATA_LOSS:
      return new QuorumError('unclear', details);
  }
}

function refusalOf(details: string): EtcdRefusal {
  const reason = REFUSALS.find(([, pattern]) => pattern.test(details))?.[0] ?? 'other';
  return new EtcdRefusal(reason, details);
}
