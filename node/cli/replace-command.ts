/**
 * `sealgate cluster replace`: another gateway in the place of one that is lost, or about to be. That it is wanted is
 * recorded in the cluster (domain/cluster/replacement.ts), and how far it is follows from the members
 * (node/web/replacement-steps.ts); this does the steps and says on the error channel what it waits for. Broken off, it
 * goes on when it is asked again, here, on another gateway or on the page.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type {
  ClusterStatus,
  PlannedReplacement,
  ReplacementRow,
  ReplacementStage,
  ReplacementStep,
} from '#node/web/cluster-admin-port.ts';
import { CommandFailed } from './admin-client.ts';
import { removeMember } from './cluster-commands.ts';
import { type Command, type CommandContext, needed, UsageError } from './command.ts';

const LOOK_MS = 2000;
const PATIENCE_MS = 30_000;
const COMES_MS = 3_600_000; // As long as a token lasts.
const VOTES_MS = 600_000; // A learner that makes no way is taken out after five minutes, and comes again.

export const clusterReplace: Command = {
  usage: 'cluster replace MEMBER --reason TEXT [--without-drain | --cancel] [--dry-run]',
  does: 'takes another gateway in (a token, if none is there yet), waits until it has all, then takes the named one out',
  options: ['reason'],
  switches: ['without-drain', 'cancel', 'dry-run'],
  async run(context) {
    const { admin, options, print, words } = context;
    const [member] = words;
    if (!member) throw new UsageError('a member is needed');
    if (options['dry-run']) {
      const plan = await admin.query<PlannedReplacement>('cluster.replacePlan', { member });
      const steps = plan.steps.map((step) => sentenceOf(step, plan));
      print({ member: plan.node, steps }, steps);
      return true;
    }
    const reason = needed(context, 'reason');
    if (options.cancel) {
      await admin.change('cluster.endReplacement', { reason });
      print({ cancelled: true }, ['called off: nobody is being replaced; what was done stays']);
      return true;
    }
    await admin.change('cluster.replace', { member, reason });
    await followed(context, reason);
    return true;
  },
};

const statusOf = ({ admin }: CommandContext): Promise<ClusterStatus> => admin.query('cluster.status');

function sentenceOf(step: ReplacementStep, { node, name, spare }: PlannedReplacement): string {
  switch (step) {
    case 'spare':
      return `${spare} is there and takes the place of ${name}`;
    case 'token':
      return 'a token for the new gateway is made, and this waits until that has joined and has the whole log';
    case 'out':
      return `${name} (${node}) is taken out, for good`;
    case 'free':
      return `${name} (${node}) is taken out; meanwhile one gateway votes, the other one is its standby`;
    case 'witness-token':
      return 'a token for the new witness is made, and this waits until that has joined';
    case 'votes':
      return 'this waits until as many vote as before';
  }
}

/** Does what is to be done and says what it waits for, each time that it has changed, until all is done. */
async function followed(context: CommandContext, reason: string): Promise<void> {
  let said = '';
  let stage = '';
  let sinceMs = performance.now();
  for (;;) {
    const replacement = await replacementNow(context);
    const { now, name } = replacement;
    if (now.stage !== stage) sinceMs = performance.now();
    const isNew = now.stage !== stage;
    stage = now.stage;
    if (now.stage === 'done') {
      await patiently(() => context.admin.change('cluster.endReplacement', { reason }));
      console.error(`${name} has been replaced`);
      return;
    }
    if (now.stage === 'token' && isNew) await offer(context, now.joins, reason);
    if (now.stage === 'remove') await takeOut(context, replacement, reason);
    const text = waitsFor(now);
    if (text !== said && text !== '') console.error(text);
    said = text;
    const patienceMs = now.stage === 'votes' ? VOTES_MS : COMES_MS;
    if (performance.now() - sinceMs > patienceMs)
      throw new CommandFailed(`It makes no way (${text}): run this again`);
    await wait(LOOK_MS);
  }
}

async function replacementNow(context: CommandContext): Promise<ReplacementRow> {
  const { replacement } = await patiently(() => statusOf(context));
  if (!replacement) throw new CommandFailed('It was called off, or ended by somebody else: sealgate cluster');
  return replacement;
}

function waitsFor(now: ReplacementStage): string {
  switch (now.stage) {
    case 'token':
      return `waits for the new ${now.joins}`;
    case 'starts':
      return `${now.name} has joined and has not started yet`;
    case 'catches-up':
      return `${now.name} is catching up, ${now.behind ?? 'all'} events left`;
    case 'votes':
      return now.waitsFor === '' ? `${now.there} of ${now.count} vote` : now.waitsFor;
    case 'remove':
    case 'done':
      return '';
  }
}

async function takeOut(context: CommandContext, member: ReplacementRow, reason: string): Promise<void> {
  const { node, role } = member;
  try {
    if (role === 'witness')
      await context.admin.change('cluster.remove', { member: node, toPair: true, force: false, reason });
    else await removeMember(context, node);
  } catch (error) {
    const { members } = await patiently(() => statusOf(context));
    if (members.some((one) => one.node === node)) throw error; // Else somebody else has done it.
  }
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
