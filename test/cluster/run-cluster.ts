/**
 * Two to four whole gateways as a cluster: real processes, each with its own data folder and ports, real etcd members,
 * loopback only, short leases.
 *
 *   const cluster = await ScratchCluster.start();       // one gateway, on its own
 *   await cluster.init(); await cluster.join(); await cluster.join();
 *   … cluster.gateways[1] …
 *   await cluster.remove();
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import type { ClusterStatus } from '#node/web/cluster-admin-port.ts';
import { freePort } from '../free-port.ts';
import { type Gateway, runGateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { leashEtcd, stopEngines } from './etcd-leash.ts';
import type { Wires } from './wires.ts';

const LEASE_MS = 3000;
const OWN_HOST = '127.0.0.1';
const BEHIND_WIRES = '127.0.0.2'; // Where gateways listen whose wires can be cut; others dial the same port of OWN_HOST.
const SETTLE_MS = 180_000; // Learners, elections and promotions on two busy cores.

export interface CliAnswer {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** The command line tool on a gateway's settings. */
export function cli(settingsFile: string, ...words: readonly string[]): Promise<CliAnswer> {
  return cliUnder([], settingsFile, ...words);
}

/** The same, run by another program, such as strace with its arguments. */
export function cliUnder(
  by: readonly string[],
  settingsFile: string,
  ...words: readonly string[]
): Promise<CliAnswer> {
  const [program, ...line] = [...by, process.execPath, 'node/main.ts', ...words, '--config', settingsFile];
  const child = spawn(program!, line, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let error = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString('utf8');
  });
  child.stderr.on('data', (piece: Buffer) => {
    error += piece.toString('utf8');
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? 1, out, error })));
}

export interface Stranger {
  readonly settingsFile: string;
  readonly layout: Layout;
}

export interface ScratchClusterOptions {
  /** The gateways reach each other over these. */
  readonly wires?: Wires;
  /** Merged over the fixture's settings of each gateway, one level deep. */
  readonly settings?: Readonly<Record<string, object>>;
}

/** A change, made on this gateway. */
export async function addDomain(on: Gateway, domain: string): Promise<void> {
  await on.admin.change('people.addDomain', { domain, reason: 'test' });
}

export class ScratchCluster {
  readonly folder: string;
  readonly gateways: Gateway[] = [];
  readonly #options: ScratchClusterOptions;
  readonly #unleash: () => void;

  private constructor(options: ScratchClusterOptions) {
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), 'sealgate-cluster-'));
    this.#unleash = leashEtcd(this.folder);
  }

  /** The first gateway, on its own. */
  static async start(options: ScratchClusterOptions = {}): Promise<ScratchCluster> {
    const cluster = new ScratchCluster(options);
    await cluster.#run(() => {});
    return cluster;
  }

  /** A cluster whose gateways all vote. */
  static async voters(count: number, options: ScratchClusterOptions = {}): Promise<ScratchCluster> {
    const cluster = await ScratchCluster.start(options);
    try {
      await cluster.init();
      while (cluster.gateways.length < count) await cluster.join();
      await cluster.voting(count);
      for (const gateway of cluster.gateways) await cluster.whole(gateway);
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  get first(): Gateway {
    return this.gateways[0]!;
  }

  /** Makes the first gateway a cluster of one. */
  async init(): Promise<void> {
    const external = (this.#options.settings?.cluster as { external?: object } | undefined)?.external;
    const switches = external ? ['--external'] : [];
    await succeeds(cli(this.first.settingsFile, 'cluster', 'init', ...switches, '--reason', 'test'));
    const mode = external ? 'client' : 'voter';
    await this.settled(this.first, (status) => status.mode === mode && status.writable);
  }

  /** A token from a gateway of the cluster, and the address it names. */
  async token(role = 'auto', from: Gateway = this.first): Promise<[address: string, token: string]> {
    const { out } = await onceWritable(() =>
      cli(from.settingsFile, 'cluster', 'token', '--role', role, '--json'),
    );
    const { address, token } = JSON.parse(out) as { address: string; token: string };
    return [address, token];
  }

  /** One more gateway, joined and started; `given`: settings of this one alone; `prepare`: its data folder. */
  async join(
    role = 'auto',
    from: Gateway = this.first,
    given: object = {},
    prepare: (data: string) => void = () => {},
  ): Promise<Gateway> {
    return this.joinWith(await this.token(role, from), given, prepare);
  }

  /** The same with the address and token that a command has printed. */
  joinWith(
    words: readonly string[],
    given: object = {},
    prepare: (data: string) => void = () => {},
  ): Promise<Gateway> {
    return this.#run(async (data, settingsFile) => {
      prepare(data);
      await onceWritable(() => cli(settingsFile, 'cluster', 'join', ...words));
    }, given);
  }

  /** Settings and an empty data folder of a gateway that is not started; `given`: keys of its `cluster`, `node`: its name. */
  async stranger(given: object = {}, node?: string): Promise<Stranger> {
    const folder = mkdtempSync(join(this.folder, 'stranger-'));
    const { settings: own } = await this.#settingsOf(given);
    const settings = node === undefined ? own : { ...own, node };
    const settingsFile = join(folder, 'sealgate.yaml');
    writeFileSync(settingsFile, stringify({ hostname: 'gateway.example.org', data: 'data', ...settings }));
    return { settingsFile, layout: layoutOf(join(folder, 'data')) };
  }

  /** A join of a gateway that is not started. Rejects when it is refused. */
  async attempt(words: readonly string[], given: object = {}): Promise<CliAnswer> {
    const { settingsFile } = await this.stranger(given);
    return succeeds(cli(settingsFile, 'cluster', 'join', ...words));
  }

  /** A witness: a folder with settings and no gateway; `given`: address and token. Gives its settings file. */
  async witness(given?: readonly string[]): Promise<string> {
    const [client, members] = await Promise.all([freePort(), freePort()]);
    const folder = mkdtempSync(join(this.folder, 'sealgate-witness-'));
    const file = join(folder, 'sealgate.yaml');
    const etcd = { address: OWN_HOST, advertiseHost: 'localhost', clientPort: client, peerPort: members };
    writeFileSync(file, stringify({ node: 'witness', data: 'data', cluster: { etcd } }));
    const words = given ?? (await this.token('witness'));
    await succeeds(cli(file, 'witness', 'join', ...words)).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output()}`);
    });
    return file;
  }

  async status(gateway: Gateway): Promise<ClusterStatus> {
    return gateway.admin.query<ClusterStatus>('cluster.status');
  }

  /** Waits until a gateway sees the cluster so. */
  async settled(gateway: Gateway, holds: (status: ClusterStatus) => boolean): Promise<ClusterStatus> {
    let last: ClusterStatus | Error | null = null;
    await until(
      async () => {
        try {
          last = await this.status(gateway);
          return holds(last);
        } catch (error) {
          last = error as Error;
          return false;
        }
      },
      SETTLE_MS,
      () => `${last instanceof Error ? last.message : JSON.stringify(last, null, 1)}\n${this.output()}`,
    );
    return last as unknown as ClusterStatus;
  }

  /** All see that so many members vote and that changes can be made. */
  async voting(count: number): Promise<void> {
    await this.settled(
      this.first,
      ({ members, writable }) =>
        writable && members.filter(({ engine }) => engine?.state === 'voter').length === count,
    );
  }

  /** This gateway can make changes and sees all members. */
  async whole(gateway: Gateway): Promise<void> {
    await this.settled(gateway, ({ members, writable }) => writable && members.every((m) => m.alive));
  }

  /**
   * It is the only member that is left, and what follows the removal of the others is done: until then it restarts its
   * etcd, twice, and for these moments no changes can be made.
   */
  async alone(gateway: Gateway): Promise<void> {
    await this.settled(
      gateway,
      ({ writable, members, progress }) => writable && members.length === 1 && progress.length === 0,
    );
  }

  /** Waits until a gateway shows a mail domain that was added elsewhere. */
  async appears(on: Gateway, domain: string): Promise<void> {
    const shown = async (): Promise<boolean> => {
      try {
        const rows = await on.admin.query<{ domain: string }[]>('people.domains');
        return rows.some((row) => row.domain === domain);
      } catch {
        return false; // It is starting.
      }
    };
    await until(shown, SETTLE_MS, () => `${domain} is not there\n${this.output()}`);
  }

  /** What the processes of all gateways wrote. */
  output(): string {
    return this.gateways.map((gateway, i) => `── gateway ${i + 1}\n${gateway.output()}`).join('\n');
  }

  async remove(): Promise<void> {
    for (const gateway of this.gateways) await gateway.stop();
    // Also of a gateway that did not start.
    for (const name of readdirSync(this.folder)) await stopEngines(layoutOf(join(this.folder, name, 'data')));
    for (const gateway of this.gateways) await gateway.remove();
    this.#options.wires?.close();
    this.#unleash();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #run(
    prepare: (data: string, settingsFile: string) => void | Promise<void>,
    given: object = {},
  ): Promise<Gateway> {
    const { wires } = this.#options;
    const { settings, address, ports } = await this.#settingsOf();
    const gateway = await runGateway({ ...settings, ...given }, this.folder, async (data, settingsFile) => {
      const folder = dirname(settingsFile);
      for (const port of ports) await wires?.lay({ folder, host: address, port });
      await prepare(data, settingsFile);
    });
    this.gateways.push(gateway);
    return gateway;
  }

  async #settingsOf(given: object = {}) {
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    const [peer, clientPort, peerPort] = ports;
    const { wires, settings } = this.#options;
    const address = wires ? BEHIND_WIRES : OWN_HOST;
    const cluster = {
      peer: { address, port: peer, advertise: `${OWN_HOST}:${peer}` },
      etcd: { address, advertiseHost: 'localhost', clientPort, peerPort },
      leaseTtlMs: LEASE_MS,
      ...settings?.cluster,
      ...given,
    };
    return { settings: { ...settings, node: `gw-${this.gateways.length + 1}`, cluster }, address, ports };
  }
}

/** When the voters change, the ledgers open the log anew, and for a moment no changes can be made: asked again until then. */
async function onceWritable(command: () => Promise<CliAnswer>): Promise<CliAnswer> {
  let made: CliAnswer | null = null;
  await until(
    async () => {
      made = await command();
      return !/does not answer now|can make no changes now/.test(made.error);
    },
    SETTLE_MS,
    () => `no changes: ${made?.error}`,
  );
  return succeeds(Promise.resolve(made!));
}

/** Rejects when the command did not end well. */
export async function succeeds(running: Promise<CliAnswer>): Promise<CliAnswer> {
  const answer = await running;
  if (answer.code !== 0) throw new Error(`exit code ${answer.code}: ${answer.out}${answer.error}`);
  return answer;
}
