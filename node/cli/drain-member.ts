/**
 * Lets a gateway give away its mails before it is removed, and says on the error channel how far it is.
 *
 * Fails when nothing has moved for STILL_MS: the gateway then goes on as before, and the reason says what to do.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { DrainState } from '#node/shadow/drain-protocol.ts';
import { type AdminClient, CommandFailed } from './admin-client.ts';

const LOOK_MS = 1000;
const STILL_MS = 60_000; // Longer than a first attempt at a next server that answers, and than a copy that is made anew.

export interface DrainedMember {
  readonly node: string;
  readonly name: string;
}

export async function drainMember(
  admin: AdminClient,
  { node, name }: DrainedMember,
  reason: string,
): Promise<void> {
  let state = await admin.change<DrainState>('cluster.drain', { member: node, reason });
  let told = '';
  let movedMs = performance.now();
  let least = state.left;
  for (;;) {
    const text = drainText(name, state);
    if (text !== told) console.error(text);
    told = text;
    if (state.draining && state.left === 0) return;
    if (state.left < least) movedMs = performance.now();
    least = Math.min(least, state.left);
    if (performance.now() - movedMs > STILL_MS) throw await givenUp(admin, { node, name }, reason, state);
    await wait(LOOK_MS);
    state = await admin.query<DrainState>('cluster.draining', { member: node });
  }
}

function drainText(name: string, { left, inLine, queued, held, handedOver, waitsFor }: DrainState): string {
  const why = waitsFor === '' ? '' : `; ${waitsFor}`;
  return `${name}: ${left} mails left (${inLine} in the line, ${queued} queued, ${held} held), ${handedOver} handed over${why}`;
}

async function givenUp(
  admin: AdminClient,
  { node, name }: DrainedMember,
  reason: string,
  state: DrainState,
): Promise<CommandFailed> {
  await admin.change('cluster.drain', { member: node, on: false, reason });
  return new CommandFailed(
    `${drainText(name, state)}. Nothing has moved for a minute. ${name} accepts mail again and is not removed. ` +
      'Try again later, or --without-drain: its mails are delivered by the others once it is silent, those without a copy are not.',
  );
}
