/**
 * Real etcd members on free ports of the loopback, mutual TLS, in a scratch folder, started by our own start line.
 *
 *   const etcd = await EtcdMembers.start({ count: 3 });
 *   const quorum = etcd.quorum();
 *   … etcd.kill(0); await etcd.restart(0); …
 *   await etcd.remove();
 *
 * The kernel ends the members when the test's process is gone, however it went (setpriv --pdeathsig).
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientCredentials } from '#consensus/etcd/endpoint.ts';
import { EtcdAdministration } from '#consensus/etcd/etcd-administration.ts';
import { EtcdQuorum } from '#consensus/etcd/etcd-quorum.ts';
import { ROOT_USER } from '#consensus/etcd/gateway-access.ts';
import { type MemberStart, startEnvironment, startLine } from '#consensus/etcd/start-line.ts';
import { readEtcdVersion } from '#consensus/etcd/version-rules.ts';
import { freePort } from '../../free-port.ts';
import { until } from '../../gateway/until.ts';
import { TestAuthority } from './test-authority.ts';

const READY_MS = 60_000; // Two busy cores; a second when they are free.
const STARTS_MAX = 3; // Between choosing a free port and using it another test may take it.

/** Another version may be tried: `SEALGATE_TEST_ETCD=/path/to/etcd`. */
export const ETCD = process.env.SEALGATE_TEST_ETCD ?? '/usr/bin/etcd';
export const PREFIX = '/sealgate/test-cluster/';
export const installedVersion = readEtcdVersion(execFileSync(ETCD, ['--version'], { encoding: 'utf8' }))!;

export interface MembersOptions {
  readonly count: number;
  readonly quotaBytes?: number;
  readonly heartbeatMs?: number;
}

interface TestMember {
  readonly start: MemberStart;
  /** `localhost:port` for clients. */
  readonly address: string;
  readonly log: string;
  process: ChildProcess | null;
}

export class EtcdMembers {
  readonly folder: string;
  readonly clients: TestAuthority;
  readonly peers: TestAuthority;
  readonly administration: EtcdAdministration;
  readonly members: TestMember[];
  readonly root: ClientCredentials;
  readonly #open: { close(): void }[] = [];

  private constructor(folder: string, clients: TestAuthority, peers: TestAuthority, members: TestMember[]) {
    this.folder = folder;
    this.clients = clients;
    this.peers = peers;
    this.members = members;
    this.root = clients.credentials(ROOT_USER);
    const endpoints = this.addresses;
    this.administration = new EtcdAdministration({ endpoints, credentials: this.root });
    this.#open.push(this.administration);
  }

  static async start(options: MembersOptions): Promise<EtcdMembers> {
    for (let attempt = 1; ; attempt += 1) {
      const etcd = await EtcdMembers.#prepare(options);
      try {
        for (let i = 0; i < options.count; i += 1) etcd.run(i);
        await etcd.ready();
        return etcd;
      } catch (error) {
        const taken = etcd.members.some(({ log }) =>
          readFileSync(log, 'utf8').includes('address already in use'),
        );
        await etcd.remove();
        if (!taken || attempt === STARTS_MAX) throw error;
      }
    }
  }

  static async #prepare(options: MembersOptions): Promise<EtcdMembers> {
    const folder = mkdtempSync(join(tmpdir(), 'sealgate-etcd-'));
    const clients = new TestAuthority(folder, 'clients');
    const peers = new TestAuthority(folder, 'peers');
    const ports = await Promise.all(Array.from({ length: 2 * options.count }, freePort));
    const addresses = Array.from({ length: options.count }, (_, i) => ({
      name: `m${i}-0a1b2c3d`,
      peerUrl: `https://localhost:${ports[2 * i]}`,
    }));
    const members = addresses.map((self, i): TestMember => {
      const start = memberStart(options, { folder, clients, peers }, i, ports.slice(2 * i, 2 * i + 2), self);
      return {
        start: { ...start, members: addresses },
        address: `localhost:${ports[2 * i + 1]}`,
        log: join(folder, `${self.name}.log`),
        process: null,
      };
    });
    return new EtcdMembers(folder, clients, peers, members);
  }

  get addresses(): string[] {
    return this.members.map(({ address }) => address);
  }

  /** A way to the keys; `first` names the member that is asked first. */
  quorum(options: { credentials?: ClientCredentials; prefix?: string; first?: number } = {}): EtcdQuorum {
    const { credentials = this.root, prefix = PREFIX, first = 0 } = options;
    const endpoints = [...this.addresses.slice(first), ...this.addresses.slice(0, first)];
    const quorum = new EtcdQuorum({ endpoints, credentials, prefix });
    this.#open.push(quorum);
    return quorum;
  }

  /** Starts member `i`, which does not run; `more`: words at the end of its start line. */
  run(i: number, ...more: readonly string[]): void {
    const member = this.members[i]!;
    const log = openSync(member.log, 'a');
    const line = [...startLine(installedVersion, member.start), ...more];
    member.process = spawn('setpriv', ['--pdeathsig', 'KILL', ETCD, ...line], {
      env: { PATH: process.env.PATH, ...startEnvironment(installedVersion, process.arch) },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
  }

  /** Every running member knows the leader. */
  async ready(): Promise<void> {
    for (const member of this.members) {
      if (!member.process) continue;
      let last: unknown;
      const knowsLeader = async (): Promise<boolean> => {
        if (member.process?.exitCode !== null) throw new Error(`etcd ended:\n${this.logOf(member)}`);
        try {
          return (await this.administration.status(member.address)).leader !== 0n;
        } catch (error) {
          last = error;
          return false;
        }
      };
      await until(knowsLeader, READY_MS, () => `${last}\n${this.logOf(member)}`);
    }
  }

  /** Index of the member that leads, as a running one says. */
  async leader(): Promise<number> {
    let found = -1;
    const known = async (): Promise<boolean> => {
      for (const [i, member] of this.members.entries()) {
        if (!member.process) continue;
        const status = await this.administration.status(member.address).catch(() => null);
        if (status && status.leader === status.memberId) found = i;
      }
      return found >= 0;
    };
    await until(known, READY_MS, () => 'no member leads');
    return found;
  }

  async kill(i: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const member = this.members[i]!;
    const child = member.process;
    member.process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  pause(i: number): void {
    this.members[i]!.process!.kill('SIGSTOP');
  }

  resume(i: number): void {
    this.members[i]!.process!.kill('SIGCONT');
  }

  async restart(i: number): Promise<void> {
    this.run(i);
    await this.ready();
  }

  /** Adds a learner and starts it; not promoted. */
  async join(): Promise<{ index: number; id: bigint }> {
    const ports = await Promise.all([freePort(), freePort()]);
    const index = this.members.length;
    const self = { name: `m${index}-0a1b2c3d`, peerUrl: `https://localhost:${ports[0]}` };
    const first = this.members[0]!.start;
    const { id } = await this.administration.addLearner(self.peerUrl);
    const options = { count: 1, quotaBytes: first.quotaBytes, heartbeatMs: first.heartbeatMs };
    const start = memberStart(options, this, index, ports, self);
    this.members.push({
      start: { ...start, members: [...first.members, self], state: 'existing' },
      address: `localhost:${ports[1]}`,
      log: join(this.folder, `${self.name}.log`),
      process: null,
    });
    this.run(index);
    return { index, id };
  }

  logOf(member: TestMember): string {
    return readFileSync(member.log, 'utf8').slice(-4_000);
  }

  /** Ends all members and removes what they have written. */
  async remove(): Promise<void> {
    for (const open of this.#open) open.close();
    await Promise.all(this.members.map((_, i) => this.kill(i)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function memberStart(
  options: MembersOptions,
  { folder, clients, peers }: { folder: string; clients: TestAuthority; peers: TestAuthority },
  index: number,
  ports: readonly number[],
  self: MemberStart['self'],
): MemberStart {
  const server = clients.issueServer(`server-${index}`);
  const peer = peers.issueServer(`peer-${index}`);
  return {
    self,
    members: [self],
    state: 'new',
    token: 'sealgate-test-gen1',
    dataFolder: join(folder, self.name),
    listenPeer: `https://127.0.0.1:${ports[0]}`,
    listenClient: `https://127.0.0.1:${ports[1]}`,
    clientUrl: `https://localhost:${ports[1]}`,
    files: {
      clientCa: clients.certificate,
      serverCertificate: server.certificate,
      serverKey: server.key,
      peerCa: peers.certificate,
      peerCertificate: peer.certificate,
      peerKey: peer.key,
    },
    heartbeatMs: options.heartbeatMs ?? 100,
    quotaBytes: options.quotaBytes ?? 256 * 1024 * 1024,
    corruptCheck: true,
  };
}
