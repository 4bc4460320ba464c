/** `sealgate cluster …`: what the cluster is, making one, letting others in, joining. */
import { joinCluster } from '#node/cluster/join-cluster.ts';
import { answers } from '#node/ipc/answers.ts';
import type { ClusterMemberRow, ClusterStatus } from '#node/web/cluster-admin-port.ts';
import { CommandFailed } from './admin-client.ts';
import { type Command, type CommandContext, needed, table, timeText, UsageError } from './command.ts';
import { drainMember } from './drain-member.ts';
import { refusedPlainly } from './plain-refusal.ts';

const ROLES = ['auto', 'voter', 'gateway', 'standby', 'witness'];
const NOBODY = 'none'; // Of `--confirm-dead`: an external etcd has lost what it held, and all gateways are there.

export const clusterStatus: Command = {
  usage: 'cluster',
  does: 'the members, who votes, who is there; exit code 1 when changes cannot be made or something is wrong',
  async run({ admin, print }) {
    const status = await admin.query<ClusterStatus>('cluster.status');
    print(status, status.mode === 'single' ? ['this gateway is on its own'] : linesOf(status));
    return status.writable && status.warnings.length === 0 && status.divergences.length === 0;
  },
};

function linesOf(status: ClusterStatus): string[] {
  const { clusterId, generation, members, writable, reason, warnings, progress, divergences, room } = status;
  const cells = members.map((member) => [
    member.isSelf ? `${member.name} (here)` : member.name,
    member.node,
    member.role,
    member.site || '-',
    member.alive === null ? '-' : member.alive ? 'there' : 'away',
    member.position ?? '-',
    member.behind === null ? '-' : String(member.behind),
    engineText(member),
    member.spoolOwner === member.node ? '' : `spool taken over by ${member.spoolOwner}`,
  ]);
  return [
    `cluster ${clusterId}, generation ${generation}`,
    ...table(['name', 'node', 'role', 'site', 'state', 'position', 'behind', 'engine', ''], cells),
    ...(status.external === '' ? [] : [`database: ${status.external}`]),
    writable ? 'changes can be made' : `!! no changes can be made: ${reason}`,
    ...(room ? [roomText(room)] : []),
    ...progress.map((step) => `   ${step}`),
    ...warnings.map((warning) => `!  ${warning}`),
    ...divergences.map(
      ({ node, generation: of, from, events }) =>
        `!  ${node} kept ${events} events of generation ${of} from position ${from} on, apart from the log`,
    ),
  ];
}

function roomText({ floor, head, bytes, quotaBytes }: NonNullable<ClusterStatus['room']>): string {
  const [size, quota] = [bytes, quotaBytes].map((octets) => (octets / (1024 * 1024)).toFixed(1));
  return `etcd holds the events behind ${floor} up to ${head}: ${size} MB of ${quota} MB`;
}

function engineText({ engine }: ClusterMemberRow): string {
  if (!engine) return '-';
  return `${engine.state}${engine.leader ? ', leads' : ''}${engine.version ? `, etcd ${engine.version}` : ''}`;
}

export const clusterInit: Command = {
  usage: 'cluster init [--external] [--dry-run] [--reason TEXT]',
  does: 'makes a cluster of one out of this gateway; the log stays as it is. --external: in the etcd of cluster.external',
  options: ['reason'],
  switches: ['external', 'dry-run'],
  async run({ admin, print, options, settings }) {
    const isExternal = settings.cluster.external !== undefined;
    if (isExternal !== (options.external === true)) throw new UsageError(engineNotSaid(isExternal));
    const plan = await admin.query<string[]>('cluster.plan');
    if (options['dry-run']) {
      print({ plan }, plan);
      return true;
    }
    await admin.change('cluster.init', { reason: String(options.reason ?? '') });
    print({ plan, done: true }, ['a cluster of one: let others in with sealgate cluster token', ...plan]);
    return true;
  },
};

function engineNotSaid(isExternal: boolean): string {
  return isExternal
    ? 'sealgate.yaml names an external etcd (cluster.external): say --external, or take it out'
    : '--external needs cluster.external in sealgate.yaml (endpoints, ca, clientCertificate, key, prefix)';
}

export const clusterToken: Command = {
  usage: 'cluster token [--role ROLE] [--reason TEXT]',
  does: 'a token for one member, good once, within an hour; role auto (default), voter, gateway, standby or witness',
  options: ['role', 'reason'],
  async run({ admin, print, options }) {
    const role = String(options.role ?? 'auto');
    if (!ROLES.includes(role)) throw new UsageError(`--role is one of ${ROLES.join(', ')}`);
    const reason = String(options.reason ?? '');
    const made = await admin.change<{ token: string; expiresAtMs: number; address: string }>(
      'cluster.token',
      {
        role,
        reason,
      },
    );
    const { members } = await admin.query<ClusterStatus>('cluster.status');
    print(made, [
      `sealgate ${role === 'witness' ? 'witness' : 'cluster'} join ${made.address} ${made.token}`,
      `good once, until ${timeText(made.expiresAtMs)}; whoever has it can join: do not send it in the clear`,
      ...pairAdvice(role, members),
    ]);
    return true;
  },
};

/** Two of a kind are no majority: what the second gateway can be, and what a third machine makes of it. */
function pairAdvice(role: string, members: readonly ClusterMemberRow[]): string[] {
  const voting = members.filter((member) => member.role === 'voter' || member.role === 'witness').length;
  if (voting !== 1 || role === 'gateway') return [];
  const waiting = members.find((member) => member.role !== 'voter' && member.role !== 'witness');
  if (role === 'witness') {
    return waiting
      ? [`with the witness ${waiting.name} votes, too: one of the three may fail, and changes go on`]
      : [
          'let the second gateway in first (sealgate cluster token): one gateway and a witness are no majority',
        ];
  }
  if (waiting) return [`with it and ${waiting.name} three vote: one may fail, and changes go on`];
  return [
    'the second gateway becomes a standby: it has every change before it counts; when the first one is lost for good,',
    'mail flows, and one command there makes it go on: sealgate cluster recover',
    'with a third machine changes go on by themselves: sealgate cluster token --role witness, or a third gateway',
  ];
}

export const clusterJoin: Command = {
  usage: 'cluster join HOST:PORT TOKEN',
  does: 'makes the stopped gateway of this data folder a member; a log that it has is moved aside',
  async run({ words, layout, settings, print }) {
    const [address, token] = words;
    if (!address || !token) throw new UsageError('the address of a member and a token are needed');
    if (await answers({ path: layout.ledgerSocket })) {
      throw new CommandFailed('The gateway of this data folder runs. Stop it, join, start it again.');
    }
    const joined = await refusedPlainly(joinCluster({ settings, layout, address, token, nowMs: Date.now }));
    print(joined, [
      `${joined.node} is a member as ${joined.role}: ${joined.members.join(', ')}`,
      ...(joined.movedTo ? [`what this gateway had recorded before is kept in ${joined.movedTo}`] : []),
      'start it now: sealgate start; it catches up with the others first',
    ]);
    return true;
  },
};

export const clusterRemove: Command = {
  usage: 'cluster remove MEMBER --reason TEXT [--to-pair] [--without-drain | --cancel] [--dry-run]',
  does: 'takes a member out for good (node id or name), after it has given its mails to the others; the cluster key is replaced',
  options: ['reason'],
  switches: ['to-pair', 'without-drain', 'cancel', 'dry-run'],
  async run(context) {
    const [member] = context.words;
    if (!member) throw new UsageError('a member is needed');
    return removeMember(context, member);
  },
};

export const clusterLeave: Command = {
  usage: 'cluster leave --reason TEXT [--to-pair] [--without-drain | --cancel] [--dry-run]',
  does: 'takes this gateway out of its cluster, after it has given its mails to the others; --cancel stops that',
  options: ['reason'],
  switches: ['to-pair', 'without-drain', 'cancel', 'dry-run'],
  async run(context) {
    const { self } = await context.admin.query<ClusterStatus>('cluster.status');
    return removeMember(context, self);
  },
};

export const clusterRecover: Command = {
  usage: 'cluster recover --confirm-dead MEMBER,MEMBER… --reason TEXT [--dry-run | --cancel]',
  does: 'makes this gateway go on in a new generation, after the majority is lost for good; the dead are out for ever',
  options: ['confirm-dead', 'reason'],
  switches: ['dry-run', 'cancel'],
  async run(context) {
    const { admin, options, print } = context;
    if (options.cancel) {
      const reason = needed(context, 'reason');
      await admin.change('cluster.recover', { confirmDead: [], cancel: true, reason });
      print({ cancelled: true }, ['called off: this gateway waits for the majority again']);
      return true;
    }
    const named = needed(context, 'confirm-dead');
    const asked = named === NOBODY ? [] : named.split(',');
    const { members, generation, writable, external } = await admin.query<ClusterStatus>('cluster.status');
    const dead = asked.map((word) => {
      const member = members.find(({ node, name }) => node === word || name === word);
      if (!member) throw new CommandFailed(`There is no member ${word}: sealgate cluster`);
      return member;
    });
    const votes = external === '' && members.some(({ isSelf, role }) => isSelf && role === 'voter');
    const steps = [
      ...dead.map(
        ({ name, node }) => `${name} (${node}) is off, as you say, and never comes back under this id`,
      ),
      `generation ${generation + 1} begins here, from the longest log of the gateways that answer`,
      ...(votes
        ? ['what the etcd of this gateway holds beyond that is read from a copy of its data first']
        : []),
      external === ''
        ? 'this gateway is the only voter; the others that live follow it; members that come later make more voters'
        : 'the external etcd gets the keys of the new generation; those of the old one stay as they are',
      ...(writable ? ['!! the cluster can make changes: this would be refused'] : []),
    ];
    if (options['dry-run']) {
      print({ dead: dead.map(({ node }) => node), steps }, steps);
      return true;
    }
    await admin.change('cluster.recover', {
      confirmDead: dead.map(({ node }) => node),
      reason: needed(context, 'reason'),
    });
    print({ dead: dead.map(({ node }) => node), steps, done: true }, [...steps, 'see: sealgate cluster']);
    return true;
  },
};

export async function removeMember(context: CommandContext, asked: string): Promise<boolean> {
  const { admin, options, print } = context;
  const { members, external } = await admin.query<ClusterStatus>('cluster.status');
  const member = members.find(({ node, name }) => node === asked || name === asked);
  if (!member) throw new CommandFailed('There is no such member: sealgate cluster');
  const force = options['without-drain'] === true;
  const drains = member.role !== 'witness' && (member.alive === true || member.isSelf) && !force;
  const steps = [
    ...(drains ? [`${member.name} accepts no more mail and gives what it has to the others`] : []),
    `${member.name} (${member.node}, ${member.role}) is no member any more; it can never come back under this id`,
    external === ''
      ? 'its vote and its user of the engine are taken; no gateway talks to it'
      : 'no gateway talks to it; take away its user of the external etcd yourself',
    ...(member.role === 'witness'
      ? []
      : [
          'the cluster key is replaced, every key in the vault wrapped anew',
          'the authorities of the cluster are replaced step by step: sealgate cluster says how far',
        ]),
  ];
  if (options['dry-run']) {
    print({ member: member.node, steps }, steps);
    return true;
  }
  const reason = needed(context, 'reason');
  if (options.cancel) {
    await admin.change('cluster.drain', { member: member.node, on: false, reason });
    print({ member: member.node, cancelled: true }, [`${member.name} stays a member and accepts mail again`]);
    return true;
  }
  if (drains) await drainMember(admin, member, reason);
  const toPair = options['to-pair'] === true;
  try {
    await admin.change('cluster.remove', { member: member.node, toPair, force, reason });
  } catch (error) {
    // It stays a member, so it goes on as one.
    if (drains) await admin.change('cluster.drain', { member: member.node, on: false, reason });
    throw error;
  }
  print({ member: member.node, steps, done: true }, [
    ...steps,
    member.isSelf
      ? 'stop this gateway now; to use it again, join with a new data folder'
      : 'see: sealgate cluster',
  ]);
  return true;
}
