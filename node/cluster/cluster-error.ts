/** Why a step of membership was not done; `message` is a sentence for operators that says what to do. */
export type ClusterErrorCode =
  | 'already-member'
  | 'not-member'
  | 'no-engine'
  | 'engine-version'
  | 'engine-failed'
  | 'not-a-voter'
  | 'no-quorum'
  | 'refused'
  | 'unreachable'
  | 'not-now'
  | 'foreign-authority'
  | 'running'
  | 'removed'
  | 'mail-under-way';

export class ClusterError extends Error {
  readonly code: ClusterErrorCode;
  constructor(code: ClusterErrorCode, message: string) {
    super(message);
    this.name = 'ClusterError';
    this.code = code;
  }
}

/** The words of the cluster's decider as sentences. */
const SENTENCES: Readonly<Record<string, string>> = {
  'already-formed': 'This gateway has formed a cluster already.',
  'not-formed': 'This gateway is not a member of a cluster: sealgate cluster init, or join.',
  'name-taken':
    'Another member has this name. Set another `node` in sealgate.yaml, or remove the old member first.',
  'unknown-member': 'There is no such member: sealgate cluster status',
  'removed-member': 'This gateway was removed from the cluster. Join with a new data folder.',
  'two-voters':
    'Two voters are worse than one: either death would stop all changes. Join a second gateway first, then a third or a witness.',
  'even-voters':
    'An even number of voters is worse than one less. Join a gateway that follows first (role gateway), then two more can vote.',
  'too-many-voters': 'Five members vote; more would only make changes slower. Join it with role gateway.',
  'no-standby-needed': 'A standby is for a pair without a third box. Join it with role gateway.',
  'three-to-two':
    'Two voters would be left. Join another gateway first (sealgate cluster replace), or remove it with --to-pair: one voter and a standby stay; a witness must leave before.',
  'external-engine':
    'The database of this cluster is an external etcd: no gateway votes. Let it follow (role auto or gateway).',
  'last-gateway': 'This is the last gateway that can hold the log.',
  'not-the-next-generation': 'Another generation has begun meanwhile: sealgate cluster status',
};

export function refusedBecause(word: string): ClusterError {
  return new ClusterError(word === 'removed-member' ? 'removed' : 'refused', SENTENCES[word] ?? word);
}
