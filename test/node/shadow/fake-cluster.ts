/**
 * Some gateways in one process: the replicated spool of each is real, engine and network between them are not.
 *
 * The engine knows leases and spool owners; a gateway that is cut off from it keeps its last view. Links can be cut. A
 * gateway can end (its folder stays) and start again.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import { settingsSchema } from '#node/config/settings.ts';
import { type IpcClient, ipcClient } from '#node/ipc/client.ts';
import { tokenFileOf } from '#node/ipc/server.ts';
import type { ClusterMember, ClusterView } from '#node/ledger/cluster-port.ts';
import { processLog } from '#node/log.ts';
import { PeerError, type PeerRequestOptions, type PeerResponse } from '#node/peer/peer-client.ts';
import type { PeerRoute } from '#node/peer/peer-route.ts';
import type { CopyAnswer, MailNews, Verdict } from '#node/shadow/local-wire.ts';
import { type Shadow, startShadow } from '#node/shadow/start-shadow.ts';

const LEASE_MS = 3000;

interface Spool {
  epoch: number;
  owner: string;
}

export interface FakeGateway {
  readonly node: string;
  readonly layout: Layout;
  readonly shadow: Shadow;
  /** As `receive` does it: writes the sealed mail, asks for the copy, puts it into `ready`. */
  accept(spoolId: string, octets: Uint8Array): Promise<boolean>;
  tell(...news: MailNews[]): Promise<void>;
  verdicts(...ids: string[]): Promise<Verdict[]>;
  /** Names below a folder of the layout. */
  names(folder: string): string[];
}

export class FakeCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'sealgate-shadow-'));
  readonly gateways = new Map<string, FakeGateway>();
  readonly #alive = new Set<string>();
  readonly #spools = new Map<string, Spool>();
  readonly #followers = new Map<string, (view: ClusterView) => void>();
  readonly #routes = new Map<string, readonly PeerRoute[]>();
  readonly #ends = new Map<string, () => Promise<void>>();
  readonly #cutOff = new Set<string>();
  readonly #cutLinks = new Set<string>();
  #lostAnswers: string | null = null;
  readonly #names: readonly string[];
  readonly #settings: object;

  /** Leases are renewed while the engine is in reach. */
  readonly #renewing = setInterval(() => this.tellAll(), LEASE_MS / 6);

  constructor(names: readonly string[], settings: object = {}) {
    this.#names = names;
    this.#settings = settings;
    for (const node of names) {
      this.#spools.set(node, { epoch: 1, owner: node });
      this.#alive.add(node);
    }
  }

  static async of(names: readonly string[], settings: object = {}): Promise<FakeCluster> {
    const cluster = new FakeCluster(names, settings);
    for (const node of names) await cluster.start(node);
    return cluster;
  }

  spoolOf(node: string): Spool {
    return { ...this.#spools.get(node)! };
  }

  at(node: string): FakeGateway {
    const gateway = this.gateways.get(node);
    if (!gateway) throw new Error(`${node} does not run`);
    return gateway;
  }

  async start(node: string): Promise<FakeGateway> {
    const layout = layoutOf(join(this.folder, node));
    const { spoolIncoming, spoolReady, spoolKept, spoolHold, queueReady } = layout;
    for (const folder of [spoolIncoming, spoolReady, spoolKept, spoolHold, queueReady]) {
      mkdirSync(folder, { recursive: true });
    }
    this.#alive.add(node);
    const shadow = await startShadow({
      settings: { ...settingsSchema.parse({ cluster: { leaseTtlMs: LEASE_MS }, ...this.#settings }) },
      layout,
      log: processLog(node),
      cluster: {
        follow: (on) => {
          this.#followers.set(node, on);
          on(this.#view(node));
          return { done: Promise.resolve(), stop: () => void this.#followers.delete(node) };
        },
        claimSpool: async (of, epoch) => {
          if (this.#cutOff.has(node)) throw new Error('no-quorum');
          const spool = this.#spools.get(of)!;
          const claimed = !this.#alive.has(of) && spool.epoch === epoch;
          if (claimed) this.#spools.set(of, { epoch: epoch + 1, owner: node });
          this.tellAll();
          return { claimed, ...this.spoolOf(of) };
        },
        renewSpool: async () => {
          if (this.#cutOff.has(node)) throw new Error('no-quorum');
          this.#spools.set(node, { epoch: this.spoolOf(node).epoch + 1, owner: node });
          this.tellAll();
          return { epoch: this.spoolOf(node).epoch };
        },
      },
      client: { request: (to, options) => this.#request(node, to, options) },
    });
    this.#routes.set(node, shadow.routes);
    const put = ipcClient(layout.shadowSocket, tokenFileOf(layout.shadowSocket));
    const progress = ipcClient(layout.progressSocket, tokenFileOf(layout.progressSocket));
    const gateway = fakeGateway(node, layout, shadow, put, progress);
    this.gateways.set(node, gateway);
    this.#ends.set(node, async () => {
      put.close();
      progress.close();
      await shadow.stop();
    });
    this.tellAll();
    return gateway;
  }

  /** Its lease is gone with it. */
  async end(node: string): Promise<void> {
    this.gateways.delete(node);
    this.#routes.delete(node);
    await this.#ends.get(node)?.();
    this.#ends.delete(node);
    this.#alive.delete(node);
    this.tellAll();
  }

  /** From the engine: its lease runs out there, and it learns nothing new. */
  cutOff(node: string): void {
    this.#cutOff.add(node);
    this.tellAll();
    this.#alive.delete(node);
    this.tellAll();
  }

  /** Cut off, but its lease has not run out there yet: only its own clock says so. */
  lapse(node: string): void {
    this.#followers.get(node)?.({
      ...this.#view(node),
      quorum: false,
      leaseUntilNs: process.hrtime.bigint(),
    });
    this.#cutOff.add(node);
  }

  rejoin(node: string): void {
    this.#cutOff.delete(node);
    this.#alive.add(node);
    this.tellAll();
  }

  cutLink(a: string, b: string): void {
    this.#cutLinks.add([a, b].sort().join(' '));
  }

  mendLink(a: string, b: string): void {
    this.#cutLinks.delete([a, b].sort().join(' '));
  }

  /** What is asked by this path is done there, and the answer is lost on its way. */
  loseAnswers(path: string | null): void {
    this.#lostAnswers = path;
  }

  /** A question of one gateway to another; JSON both ways. */
  async ask(from: string, to: string, method: string, path: string, question?: object): Promise<unknown> {
    const body = question && Buffer.from(JSON.stringify(question));
    const answer = await this.#request(from, to, { method, path, timeoutMs: 1, ...(body ? { body } : {}) });
    return JSON.parse(answer.body.toString('utf8'));
  }

  /** Pushes the view; leases of the living are renewed by it. */
  tellAll(): void {
    for (const [node, on] of this.#followers) if (!this.#cutOff.has(node)) on(this.#view(node));
  }

  #view(self: string): ClusterView {
    const members = this.#names.map((node): ClusterMember => {
      const spool = this.spoolOf(node);
      return {
        node,
        name: node,
        role: 'voter',
        site: '',
        peerAddress: `${node}:1`,
        alive: this.#alive.has(node),
        spoolEpoch: spool.epoch,
        spoolOwner: spool.owner,
        ackedPosition: null,
        version: '1',
        reads: 1,
      };
    });
    return {
      mode: 'voter',
      clusterId: 'test',
      generation: 1,
      self,
      quorum: true,
      reason: '',
      members,
      former: [],
      spoolEpoch: this.spoolOf(self).epoch,
      leaseUntilNs: process.hrtime.bigint() + BigInt(LEASE_MS) * 1_000_000n,
    };
  }

  async #request(from: string, to: string, options: PeerRequestOptions): Promise<PeerResponse> {
    const routes = this.#routes.get(to);
    if (!routes || this.#cutLinks.has([from, to].sort().join(' '))) {
      throw new PeerError('unreachable', `${to} is out of reach`);
    }
    const [prefix, ...path] = options.path.slice(1).split('/');
    const route = routes.find((one) => one.prefix === prefix && one.method === options.method);
    if (!route) return { status: 404, headers: {}, body: Buffer.alloc(0) };
    const { body } = options;
    const answer = await route.handle({
      from,
      path,
      query: new URLSearchParams(),
      headers: options.headers ?? {},
      body: body instanceof Readable ? body : Readable.from(body ? [Buffer.from(body)] : []),
    });
    if (options.path === this.#lostAnswers) throw new PeerError('timeout', 'the answer was lost');
    const pieces: Uint8Array[] = [];
    if (answer.body instanceof Uint8Array) pieces.push(answer.body);
    else if (answer.body) for await (const piece of answer.body) pieces.push(piece);
    return { status: answer.status, headers: {}, body: Buffer.concat(pieces) };
  }

  async remove(): Promise<void> {
    clearInterval(this.#renewing);
    for (const node of [...this.gateways.keys()]) await this.end(node);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function fakeGateway(
  node: string,
  layout: Layout,
  shadow: Shadow,
  put: IpcClient,
  progress: IpcClient,
): FakeGateway {
  return {
    node,
    layout,
    shadow,
    async accept(spoolId, octets) {
      const draft = join(layout.spoolIncoming, `${spoolId}.tmp`);
      writeFileSync(draft, octets);
      const answer = await put.call<CopyAnswer>('copy', {
        spoolId,
        sizeBytes: octets.length,
        bytes: octets.length > 1000 ? null : octets,
      });
      writeFileSync(join(layout.spoolReady, `${spoolId}.sgf`), readFileSync(draft));
      rmSync(draft);
      return answer.outcome === 'copied';
    },
    tell: (...news) => progress.call('news', { news }),
    verdicts: async (...ids) => (await progress.call<{ verdicts: Verdict[] }>('verdicts', { ids })).verdicts,
    names: (folder) => namesBelow(folder),
  };
}

function namesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
