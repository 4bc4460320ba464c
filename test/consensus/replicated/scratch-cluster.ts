/** Gateways with logs in scratch folders over one quorum, a fake one unless another is given: keys, peers that read each other's logs, opening, closing. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Position } from '#consensus/event-log.ts';
import type { KeyValueQuorum } from '#consensus/key-value-quorum.ts';
import type { PeerLog } from '#consensus/peer-log.ts';
import { formLog } from '#consensus/replicated/form-log.ts';
import { recordOfEvent } from '#consensus/replicated/replica-store.ts';
import { ReplicatedEventLog, type ReplicatedLogOptions } from '#consensus/replicated/replicated-event-log.ts';
import { type KeyRing, type Signer, signerOf } from '#consensus/signing.ts';
import { until } from '../../gateway/until.ts';
import { FakeQuorum } from '../fake-quorum.ts';
import { CLUSTER, removeFolder, scratchFolder } from '../scratch-log.ts';

const EMPTY_HEAD = { position: 0n, hash: new Uint8Array(32), generation: 1 };

/** Looks often; patient all the same, since the machine may be busy. */
export const SHORT_TIMING = { pollMs: 50, backoffMsMax: 20, ackMs: 20 };

export function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  return until(condition, 30_000, () => what);
}

export interface ScratchGateway {
  readonly folder: string;
  readonly signer: Signer;
  log: ReplicatedEventLog;
}

export class ScratchCluster {
  readonly quorum = new FakeQuorum();
  readonly client: () => KeyValueQuorum;
  readonly gateways: ScratchGateway[] = [];
  readonly #keys = new Map<string, KeyObject>();
  readonly #root: string;

  private constructor(root: string, client?: () => KeyValueQuorum) {
    this.#root = root;
    this.client = client ?? (() => this.quorum.client());
  }

  /** `client`: ways to another quorum than the fake one. */
  static async form(client?: () => KeyValueQuorum): Promise<ScratchCluster> {
    const cluster = new ScratchCluster(await scratchFolder(), client);
    await formLog(cluster.client(), { clusterId: CLUSTER, generation: 1 }, EMPTY_HEAD);
    return cluster;
  }

  get keys(): KeyRing {
    return (node) => this.#keys.get(node) ?? null;
  }

  /** A gateway with a key that the others know, and a log of its own. */
  async join(options: Partial<ReplicatedLogOptions> = {}): Promise<ScratchGateway> {
    const node = `gateway-${this.gateways.length + 1}`;
    const { privateKey } = generateKeyPairSync('ed25519');
    this.#keys.set(node, createPublicKey(privateKey));
    const folder = join(this.#root, node);
    const signer = signerOf(node, privateKey);
    const log = await this.open({ folder, signer }, options);
    const gateway = { folder, signer, log };
    this.gateways.push(gateway);
    return gateway;
  }

  open(
    { folder, signer }: Pick<ScratchGateway, 'folder' | 'signer'>,
    options: Partial<ReplicatedLogOptions> = {},
  ): Promise<ReplicatedEventLog> {
    return ReplicatedEventLog.open({
      ...{ folder, signer, clusterId: CLUSTER, keys: this.keys, mode: 'voter' },
      quorum: this.client(),
      peers: this.peersOf(folder),
      timing: SHORT_TIMING,
      ...options,
    });
  }

  async reopen(
    gateway: ScratchGateway,
    options: Partial<ReplicatedLogOptions> = {},
  ): Promise<ReplicatedEventLog> {
    await gateway.log.close();
    gateway.log = await this.open(gateway, options);
    return gateway.log;
  }

  /** The logs of the other gateways, whichever has most. */
  peersOf(folder: string): PeerLog {
    const others = (): ScratchGateway[] => this.gateways.filter((gateway) => gateway.folder !== folder);
    return {
      async *segments(from: Position) {
        const [best] = others()
          .map(({ log }) => log)
          .sort((a, b) => Number(b.status().localHead - a.status().localHead));
        if (!best) throw new Error('no other gateway');
        for await (const event of best.read(from)) yield recordOfEvent(event);
      },
    };
  }

  async dispose(): Promise<void> {
    for (const { log } of this.gateways) await log.close();
    await removeFolder(this.#root);
  }
}
