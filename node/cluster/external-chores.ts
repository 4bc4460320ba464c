/**
 * What is left to do at an engine that is not ours (requirement 32): events that every gateway has on its disk leave our
 * prefix, by one gateway at a time, and a gateway that was removed loses its lease. History and space of that etcd are
 * its operator's: nothing is compacted or defragmented.
 */
import { type KeyValueQuorum, QuorumError } from '#consensus/key-value-quorum.ts';
import { trimLog } from '#consensus/replicated/trim-log.ts';
import type { KeyRing } from '#consensus/signing.ts';
import type { Settings } from '#node/config/settings.ts';
import { errorCode } from '#node/ledger/execute.ts';
import type { Log } from '#node/log.ts';
import type { GatewaysProjection } from '#projections/gateways.ts';
import { lockOf, TRIM_JOB, trimRules } from './trim-engine.ts';

export interface ChorePorts {
  readonly settings: Settings;
  readonly quorum: KeyValueQuorum;
  readonly log: Log;
  readonly clusterId: string;
  readonly keys: KeyRing;
  readonly gateways: GatewaysProjection;
  leads(job: string): Promise<boolean>;
  endLease(node: string): Promise<void>;
}

export class ExternalChores {
  readonly #ports: ChorePorts;
  readonly #ended = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;

  constructor(ports: ChorePorts) {
    this.#ports = ports;
    this.#timer = setInterval(() => {
      this.#running ??= this.#run().finally(() => {
        this.#running = null;
      });
    }, ports.settings.cluster.log.trimEveryMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { leads, log, quorum, gateways } = this.#ports;
    try {
      if (!(await leads(TRIM_JOB))) return;
      await this.#endLeases();
      const rules = trimRules(this.#ports, quorum, gateways.members);
      const { removed } = await trimLog({ ...rules, fence: await lockOf(quorum), compact: false });
      if (removed > 0)
        log.info({ removed }, 'events that all gateways hold were taken out of the external etcd');
    } catch (error) {
      const passing = error instanceof QuorumError || errorCode(error) === 'no-quorum';
      if (!passing) throw error;
      log.debug({ problem: (error as Error).message }, 'the external etcd is looked after later');
    }
  }

  /** It may go on to keep its lease: its user of that etcd is not ours to take. */
  async #endLeases(): Promise<void> {
    const { cluster } = this.#ports.gateways;
    for (const node of cluster.status === 'formed' ? cluster.removed : []) {
      if (this.#ended.has(node)) continue;
      await this.#ports.endLease(node);
      this.#ended.add(node);
    }
  }
}
