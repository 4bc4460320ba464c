/**
 * Gives held mails back to the line: when somebody asks for it, and by itself when the key that a mail waits for is here
 * (features.md P18).
 *
 * What can have brought a key is an event, so a mail that waits is looked at when the log went on, and now and then
 * besides: a certificate becomes valid and a CRL reachable without an event. A mail without a sidecar lost it in a crash
 * in the middle of its release.
 */
import type { Method } from '#domain/policy/facts.ts';
import type { Layout } from '#node/config/layout.ts';
import type { Log } from '#node/log.ts';
import { askedReleases, type HeldMail, heldMails, releaseHeld } from '#node/spool/hold-folder.ts';

const LOOK_MS = 500; // An operator who asks for a mail sees it move.
const RECHECK_MS = 5 * 60_000;

export interface HeldWatchPorts {
  readonly layout: Layout;
  /** Grows with the log. */
  readonly position: () => bigint;
  /** By which methods this recipient can be written to now. */
  readonly possible: (address: string) => Promise<readonly Method[]>;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Gives the function that stops it; resolves when the last look is over. */
export function watchHeld(ports: HeldWatchPorts): () => Promise<void> {
  let seen: bigint | null = null;
  let lookedMs = 0;
  let running: Promise<void> = Promise.resolve();
  let busy = false;

  async function look(): Promise<void> {
    for (const holdId of askedReleases(ports.layout)) release(ports, holdId, 'asked for');
    const position = ports.position();
    if (position === seen && ports.nowMs() - lookedMs < RECHECK_MS) return;
    lookedMs = ports.nowMs();
    let allDone = true;
    for (const { holdId, held } of heldMails(ports.layout)) {
      const why = held ? await keyIsHere(ports, held) : 'half released before';
      if (why !== null && !release(ports, holdId, why)) allDone = false;
    }
    seen = allDone ? position : null; // What is busy has its turn at the next look.
  }

  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = look()
      .catch((error: Error) => ports.log.error({ error: error.message }, 'held mails not looked at'))
      .finally(() => {
        busy = false;
      });
  }, LOOK_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };
}

async function keyIsHere({ possible }: HeldWatchPorts, held: HeldMail): Promise<string | null> {
  const { waitsFor = [] } = held;
  if (waitsFor.length === 0) return null;
  for (const address of held.recipients) {
    const methods = await possible(address);
    if (waitsFor.some((method) => methods.includes(method))) return 'its key is here';
  }
  return null;
}

/** False: it is to be tried again. */
function release({ layout, log }: HeldWatchPorts, holdId: string, why: string): boolean {
  const end = releaseHeld(layout, holdId);
  if (end === 'released') log.info({ holdId, why }, 'held mail released');
  return end !== 'busy';
}
