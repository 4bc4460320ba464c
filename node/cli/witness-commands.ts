/** `sealgate witness …`: a third vote on a machine without mail; and the end of an etcd that outlives its gateway. */
import { setTimeout as wait } from 'node:timers/promises';
import { readClusterFile } from '#node/cluster/cluster-file.ts';
import { runningEtcd, stopEtcd } from '#node/cluster/etcd-process.ts';
import { isWitness, joinWitness, WITNESS_CERTIFICATES } from '#node/cluster/join-witness.ts';
import { certificatesEndMs } from '#node/cluster/node-certificates.ts';
import { engineFolder, startOwnEngine } from '#node/cluster/own-engine.ts';
import { answers } from '#node/ipc/answers.ts';
import { CommandFailed } from './admin-client.ts';
import { type Command, timeText, UsageError } from './command.ts';
import { refusedPlainly } from './plain-refusal.ts';

const LOOK_MS = 2000;
const STOP_MS = 10_000; // Then by force.
const ENDS_SOON_MS = 60 * 86_400_000;

export const witnessJoin: Command = {
  usage: 'witness join HOST:PORT TOKEN',
  does: 'makes this machine a witness: it votes, but has no key and processes no mail',
  async run({ words, layout, settings, print }) {
    const [address, token] = words;
    if (!address || !token) throw new UsageError('the address of a voter and a token are needed');
    const joined = await refusedPlainly(joinWitness({ settings, layout, address, token, nowMs: Date.now }));
    print(joined, [
      `${joined.node} is a witness; its etcd runs (process ${joined.pid}) and votes as soon as it is in step`,
      'after a restart of the machine: sealgate witness start',
    ]);
    return true;
  },
};

export const witnessStart: Command = {
  usage: 'witness start [--once]',
  does: 'keeps the etcd of a witness running, in the foreground; etcd goes on when this ends',
  switches: ['once'],
  async run({ layout, settings, options, print }) {
    const file = readClusterFile(layout);
    const self = file?.members.find(({ node }) => node === file.node);
    if (!file || !self || !isWitness(layout))
      throw new CommandFailed(
        'This data folder is not of a witness: sealgate witness join, or sealgate start',
      );
    const folder = engineFolder(layout, file.generation);
    const endMs = certificatesEndMs(layout.cluster, WITNESS_CERTIFICATES) ?? 0;
    if (endMs - Date.now() < ENDS_SOON_MS) {
      const again = 'sealgate cluster token --role witness, then sealgate witness join here';
      console.error(`the certificates of this witness end ${timeText(endMs)}; renew them: ${again}`);
    }
    for (;;) {
      if (runningEtcd(folder) === null) {
        const start = { state: 'existing', members: [{ name: self.node, peerUrl: self.etcdPeer }] } as const;
        const { pid } = await refusedPlainly(startOwnEngine({ settings, layout }, file, start));
        print({ pid }, [`etcd runs, process ${pid}`]);
      }
      if (options.once) return true;
      await wait(LOOK_MS);
    }
  },
};

export const clusterStopEngine: Command = {
  usage: 'cluster stop-engine',
  does: 'ends the etcd of this stopped gateway, or of a witness: its vote is missing until the next start',
  async run({ layout, print }) {
    const file = readClusterFile(layout);
    if (!file) throw new CommandFailed('This data folder is not of a member of a cluster.');
    if (await answers({ path: layout.ledgerSocket }))
      throw new CommandFailed(
        'The gateway of this data folder runs and would start it again. Stop it first.',
      );
    const stopped = await stopEtcd(engineFolder(layout, file.generation), STOP_MS);
    print({ stopped }, [stopped ? 'etcd has ended' : 'no etcd ran']);
    return true;
  },
};
