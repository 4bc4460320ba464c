/**
 * `sealgate cluster replace`: another gateway in the place of one that is lost, or about to be. First the new one is in and
 * has the whole log, then the old one is taken out, so that never fewer vote than before. A witness goes first, since its
 * place can only be taken when it is free; the two gateways are voter and standby meanwhile.
 *
 * What is under way is said on the error channel. Broken off, it goes on when it is asked again.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ClusterMemberRow, ClusterStatus } from '#node/web/cluster-admin-port.ts';
import { CommandFailed } from './admin-client.ts';
import { removeMember } from './cluster-commands.ts';
import { type Command, type CommandContext, needed, UsageError } from './command.ts';

const LOOK_MS = 2000;
const PATIENCE_MS = 30_000;
const COMES_MS = 3_600_000; // As long as a token lasts.
const VOTES_MS = 600_000; // A learner that makes no way is taken out after five minutes, and comes again.

export const clusterReplace: Command = {
  usage: 'cluster replace MEMBER --reason TEXT [--without-drain] [--dry-run]',
  does: 'takes another gateway in (a token, if none is there yet), waits until it has all, then takes the named one out',
  options: ['reason'],
  switches: ['without-drain', 'dry-run'],
  async run(context) {
    const [asked] = context.words;
    if (!asked) throw new UsageError('a member is needed');
    const status = await statusOf(context);
    const lost = status.members.find(({ node, name }) => node === asked || name === asked);
    if (!lost) throw new CommandFailed('There is no such member: sealgate cluster');
    const refusal = whyNot(status, lost);
    if (refusal !== '') throw new CommandFailed(refusal);
    const steps = stepsOf(status, lost);
    if (context.options['dry-run']) {
      context.print({ member: lost.node, steps }, steps);
      return true;
    }
    const reason = needed(context, 'reason');
    const voters = votersOf(status);
    if (lost.role === 'witness') await replaceWitness(context, lost, reason);
    else await replaceGateway(context, lost, reason);
    await voting(context, voters);
    console.error(`${lost.name} has been replaced`);
    return true;
  },
};

const statusOf = ({ admin }: CommandContext): Promise<ClusterStatus> => admin.query('cluster.status');
const votes = ({ role }: ClusterMemberRow): boolean => role === 'voter' || role === 'witness';
const votersOf = ({ members }: ClusterStatus): number => members.filter(votes).length;

function whyNot({ writable, reason }: ClusterStatus, lost: ClusterMemberRow): string {
  if (lost.isSelf) return `Ask another gateway: this one is ${lost.name}.`;
  if (!writable)
    return `No changes can be made: ${reason}. When the majority is lost: sealgate cluster recover`;
  return '';
}

/** A gateway that does not vote yet and has the whole log. */
function spareOf({ members }: ClusterStatus, lost: ClusterMemberRow): ClusterMemberRow | null {
  const spare = members.find(
    (member) => member.node !== lost.node && !votes(member) && member.alive && member.behind === 0,
  );
  return spare ?? null;
}

function stepsOf(status: ClusterStatus, lost: ClusterMemberRow): string[] {
  if (lost.role === 'witness') {
    return [
      `${lost.name} is taken out; meanwhile one gateway votes, the other one is its standby`,
      'a token for the new witness is made, and this waits until three vote again',
    ];
  }
  const spare = votes(lost) ? spareOf(status, lost) : null;
  return [
    spare
      ? `${spare.name} is there and takes the place of ${lost.name}`
      : 'a token for the new gateway is made, and this waits until that has joined and has the whole log',
    `${lost.name} (${lost.node}) is taken out, for good`,
    'this waits until as many vote as before',
  ];
}

async function replaceGateway(
  context: CommandContext,
  lost: ClusterMemberRow,
  reason: string,
): Promise<void> {
  const before = await statusOf(context);
  if (!(votes(lost) && spareOf(before, lost))) {
    const known = new Set(before.members.map(({ node }) => node));
    await offer(context, 'gateway', reason);
    await seen(context, COMES_MS, 'Nobody has joined within an hour', ({ members }) => {
      const comer = members.find(({ node }) => !known.has(node));
      if (!comer) return 'waits for the new gateway';
      if (!comer.alive) return `${comer.name} has joined and has not started yet`;
      return comer.behind === 0 ? '' : `${comer.name} is catching up, ${comer.behind ?? 'all'} events left`;
    });
  }
  await removeMember(context, lost.node);
}

async function replaceWitness(
  context: CommandContext,
  lost: ClusterMemberRow,
  reason: string,
): Promise<void> {
  await context.admin.change('cluster.remove', { member: lost.node, toPair: true, force: false, reason });
  await voting(context, 1);
  await offer(context, 'witness', reason);
  await seen(context, COMES_MS, 'No witness has joined within an hour', ({ members }) =>
    members.some(({ role }) => role === 'witness') ? '' : 'waits for the new witness',
  );
}

async function offer({ admin }: CommandContext, role: 'gateway' | 'witness', reason: string): Promise<void> {
  const made = await patiently(() =>
    admin.change<{ token: string; address: string }>('cluster.token', { role, reason }),
  );
  const words = role === 'witness' ? 'witness join' : 'cluster join';
  console.error(`on the new machine: sealgate ${words} ${made.address} ${made.token}`);
}

/** The ledger opens its log anew when the voters change; a token more than needed does no harm. */
async function patiently<T>(asked: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await asked();
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await wait(LOOK_MS);
    }
  }
}

async function voting(context: CommandContext, count: number): Promise<void> {
  await seen(context, VOTES_MS, 'Not all vote yet; they go on by themselves: sealgate cluster', (status) => {
    const [step] = status.progress;
    if (step !== undefined) return step;
    if (!status.writable) return status.reason;
    // A gateway that does not vote sees no members of the engine; then the roles must do.
    const isThere = (member: ClusterMemberRow): boolean =>
      votes(member) &&
      (status.mode === 'client' || (member.engine?.state === 'voter' && member.engine.answers));
    const there = status.members.filter(isThere).length;
    return there === count && votersOf(status) === count ? '' : `${there} of ${count} vote`;
  });
}

/** Until `missing` is empty; says it each time that it has changed. */
async function seen(
  context: CommandContext,
  forMs: number,
  late: string,
  missing: (status: ClusterStatus) => string,
): Promise<void> {
  const endMs = performance.now() + forMs;
  let told = '';
  for (;;) {
    const text = await statusOf(context).then(missing, (error: Error) => error.message);
    if (text === '') return;
    if (text !== told) console.error(text);
    told = text;
    if (performance.now() > endMs) throw new CommandFailed(`${late}: run this again`);
    await wait(LOOK_MS);
  }
}
