/** A log in a scratch folder, and what tests of it need: a signing key, drafts, a clock that moves by hand. */
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogClock } from '#consensus/checkpoints.ts';
import type { Draft } from '#consensus/event-log.ts';
import { LevelEventLog } from '#consensus/level-event-log.ts';
import type { LevelLogOptions } from '#consensus/level-log.ts';
import { type KeyRing, signerOf } from '#consensus/signing.ts';

const NODE = 'gateway-1-0a1b2c3d';
export const CLUSTER = '6f7a2c52-3a0e-4f7e-9a1c-0d6f1b3c5e77';

// The same in child processes: RFC 8032 §7.1, test 1, as PKCS#8 (RFC 8410 §7).
const privateKey = createPrivateKey({
  key: Buffer.from(
    '302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'hex',
  ),
  format: 'der',
  type: 'pkcs8',
});
const publicKey = createPublicKey(privateKey);
export const testSigner = signerOf(NODE, privateKey);
export const testKeys: KeyRing = (node) => (node === NODE ? publicKey : null);

export async function scratchFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sealgate-log-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

export function openLog(folder: string, options: Partial<LevelLogOptions> = {}): Promise<LevelEventLog> {
  return LevelEventLog.open({ folder, clusterId: CLUSTER, signer: testSigner, keys: testKeys, ...options });
}

/** Runs with a log of its own and removes its folder afterwards. */
export async function withLog(run: (log: LevelEventLog, folder: string) => Promise<void>): Promise<void> {
  const folder = await scratchFolder();
  try {
    const log = await openLog(folder);
    try {
      await run(log, folder);
    } finally {
      await log.close();
    }
  } finally {
    await removeFolder(folder);
  }
}

export function draft(stream: string, overrides: Partial<Draft> = {}): Draft {
  return {
    id: randomUUID(),
    stream,
    kind: 'SomethingHappened',
    schema: 1,
    atMs: 1_770_000_000_000,
    actor: 'operator/ada',
    reason: '',
    payload: Buffer.from('{"n":1}'),
    ...overrides,
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Time that stands still until `advance`. */
export function handClock(): LogClock & { advance(ms: number): void } {
  let now = 1_770_000_000_000;
  let timers: { at: number; run: () => void }[] = [];
  return {
    nowMs: () => now,
    elapsedMs: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((t) => t !== timer);
      };
    },
    advance(ms) {
      now += ms;
      const due = timers.filter((t) => t.at <= now);
      timers = timers.filter((t) => t.at > now);
      for (const timer of due) timer.run();
    },
  };
}
