/**
 * R10 (targets.md): a new gateway takes the place of a lost one by one command, and catches up with the whole log, while
 * the others go on. How far it is shows on them.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Draft } from '#consensus/event-log.ts';
import { ledgerClient } from '#node/ledger/client.ts';
import { errorCode } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { draftOf, FOREIGN_STREAM } from './cluster-load.ts';
import type { ClusterStage } from './cluster-stage.ts';

const BATCH = 100;
const BATCHES_AT_ONCE = 4;
const AGAIN_MS = 200;
const LOOK_MS = 1000;
const CATCHES_UP_MS = 600_000; // Of a million events on two busy cores.

export interface CaughtUp {
  readonly events: number;
  /** From the command until the log was whole, ms. */
  readonly tookMs: number;
  /** Positions of it that another gateway showed meanwhile. */
  readonly shown: readonly number[];
}

/** A long past: events that mean nothing, in batches, as fast as the cluster takes them. */
export async function fillLog({ layout }: Gateway, events: number): Promise<void> {
  const ledger = ledgerClient(layout.ledgerSocket);
  let left = Math.ceil(events / BATCH);
  const fill = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const batch = Array.from({ length: BATCH }, () => draftOf(FOREIGN_STREAM));
      while (!(await recorded(ledger, batch))) await pause(AGAIN_MS);
    }
  };
  try {
    await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, fill));
  } finally {
    ledger.close();
  }
}

/** False when the cluster was too busy for it: the same ids once more. */
async function recorded(ledger: Pick<LedgerPort, 'append'>, batch: readonly Draft[]): Promise<boolean> {
  try {
    await ledger.append(batch, 'any');
    return true;
  } catch (error) {
    if (['no-quorum', 'unresolved'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

export async function replaceLost(stage: ClusterStage, survivor: Gateway): Promise<CaughtUp> {
  const ledger = ledgerClient(survivor.layout.ledgerSocket);
  const { position } = await ledger.head();
  ledger.close();
  const name = `gw-${stage.gateways.length + 1}`;
  const shown = new Set<number>();
  const seen = async (): Promise<number> => {
    const { members } = await stage.cluster.status(survivor);
    const at = Number(members.find((member) => member.name === name)?.position ?? 0);
    if (at > 0) shown.add(at);
    return at;
  };
  const looking = setInterval(() => void seen().catch(() => {}), LOOK_MS);
  const beganMs = performance.now();
  try {
    const joined = await stage.cluster.join('auto', survivor);
    const whole = async (): Promise<boolean> => (await seen()) >= Number(position);
    await until(whole, CATCHES_UP_MS, () => `seed ${stage.seed}: at ${[...shown].at(-1)} of ${position}`);
    const tookMs = performance.now() - beganMs;
    stage.loadOn(joined);
    await stage.goesOn([survivor, joined], performance.now());
    return { events: Number(position), tookMs: Math.round(tookMs), shown: [...shown] };
  } finally {
    clearInterval(looking);
  }
}
