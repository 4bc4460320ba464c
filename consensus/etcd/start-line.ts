/**
 * The command line of a member (replication.md §4.2), for each version what it understands. Pure.
 *
 * Never here: `--force-new-cluster` (a scratch copy that is only read has it), a restored snapshot, `--unsafe-no-fsync`
 * (requirement 23).
 */
import type { EtcdVersion } from './version-rules.ts';

export interface MemberAddress {
  /** Unique in the cluster: host and 8 hexadecimal digits. */
  readonly name: string;
  /** `https://host:port`, as the others reach it. */
  readonly peerUrl: string;
}

/** Paths of PEM files; etcd reads them again for each connection. */
export interface MemberFiles {
  /** Who may be a client. */
  readonly clientCa: string;
  /** Shown to clients; without a common name, which would lend its rights to whoever holds it. */
  readonly serverCertificate: string;
  readonly serverKey: string;
  /** Who may be a member; another CA than that of the clients. */
  readonly peerCa: string;
  readonly peerCertificate: string;
  readonly peerKey: string;
}

export interface MemberStart {
  readonly self: MemberAddress;
  /** All members, this one among them. */
  readonly members: readonly MemberAddress[];
  /** `existing`: it was added as a learner before. */
  readonly state: 'new' | 'existing';
  /** Of the cluster and its generation, so that no two ever mix. */
  readonly token: string;
  readonly dataFolder: string;
  /** `https://address:port` to listen on. */
  readonly listenPeer: string;
  readonly listenClient: string;
  /** `https://host:port`, as clients reach it. */
  readonly clientUrl: string;
  readonly files: MemberFiles;
  /** At least the round-trip time to the farthest member. */
  readonly heartbeatMs: number;
  readonly quotaBytes: number;
  /** Compares the members' data now and then; on a difference it stops all writes. */
  readonly corruptCheck: boolean;
}

/** etcd's own default and advice. */
const ELECTION_HEARTBEATS = 10;
const SNAPSHOT_COUNT = 10_000; // Of 3.6; the older 100,000 keep several hundred MB in memory.
const HISTORY = '10m'; // A watch that is farther behind starts anew.
const CORRUPT_CHECK_EVERY = '6h';
const NAME = /^[A-Za-z0-9][A-Za-z0-9.-]{0,80}$/;

export function startLine(version: EtcdVersion, start: MemberStart): string[] {
  const { self, members, files } = start;
  for (const { name } of [self, ...members])
    if (!NAME.test(name)) throw new RangeError(`not a name of a member: ${JSON.stringify(name)}`);
  return [
    ...option('name', self.name),
    ...option('data-dir', start.dataFolder),
    ...option('initial-cluster', members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',')),
    ...option('initial-cluster-state', start.state),
    ...option('initial-cluster-token', start.token),
    ...option('listen-peer-urls', start.listenPeer),
    ...option('initial-advertise-peer-urls', self.peerUrl),
    ...option('listen-client-urls', start.listenClient),
    ...option('advertise-client-urls', start.clientUrl),
    '--client-cert-auth',
    ...option('trusted-ca-file', files.clientCa),
    ...option('cert-file', files.serverCertificate),
    ...option('key-file', files.serverKey),
    '--peer-client-cert-auth',
    ...option('peer-trusted-ca-file', files.peerCa),
    ...option('peer-cert-file', files.peerCertificate),
    ...option('peer-key-file', files.peerKey),
    '--pre-vote',
    '--strict-reconfig-check',
    ...option('heartbeat-interval', String(start.heartbeatMs)),
    ...option('election-timeout', String(start.heartbeatMs * ELECTION_HEARTBEATS)),
    ...option('snapshot-count', String(SNAPSHOT_COUNT)),
    ...option('quota-backend-bytes', String(start.quotaBytes)),
    ...option('auto-compaction-mode', 'periodic'),
    ...option('auto-compaction-retention', HISTORY),
    '--enable-grpc-gateway=false',
    ...option('logger', 'zap'),
    ...option('log-outputs', 'stderr'),
    ...versioned(version, start.corruptCheck),
  ];
}

const option = (name: string, value: string): string[] => [`--${name}`, value];

/** 3.6 gave the experimental flags their last names, 3.7 forgot the first ones; `--enable-v2` ended with 3.5. */
function versioned({ minor }: EtcdVersion, corruptCheck: boolean): string[] {
  const experimental = minor < 6 ? 'experimental-' : '';
  return [
    ...(minor < 6 ? ['--enable-v2=false'] : []),
    // The peers' CA is for them alone, and behind address translation a member comes from another address than its name's.
    `--${experimental}peer-skip-client-san-verification`,
    ...(corruptCheck ? option(`${experimental}corrupt-check-time`, CORRUPT_CHECK_EVERY) : []),
  ];
}

/** Nothing of the gateway's environment: `ETCD_…` variables would be flags. */
export function startEnvironment({ minor }: EtcdVersion, architecture: string): Record<string, string> {
  // 3.4 starts elsewhere than on amd64 only when told that this is known.
  return minor < 5 && architecture !== 'x64' ? { ETCD_UNSUPPORTED_ARCH: architecture } : {};
}
