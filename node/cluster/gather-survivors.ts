/**
 * What is left of a cluster whose majority is lost, brought into this gateway's own log before a new generation begins
 * from it: first the logs of the gateways that answer, then what the own member of the engine had taken and this log had
 * not yet (requirement 22). Nothing here stops a recovery: what cannot be had is told.
 */
import type { LevelEventLog } from '#consensus/level-event-log.ts';
import { type TakeInPorts, takeInQuorum, takeInRecords } from '#consensus/replicated/take-in.ts';
import { ClusterKeyRing } from '#node/ledger/key-ring.ts';
import type { Log } from '#node/log.ts';
import { segmentsFrom } from '#node/peer/log-segments.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import type { ClusterFile } from './cluster-file.ts';
import { keepSpoolsOf } from './known-spools.ts';
import { readScratchCopy, type ScratchPorts } from './scratch-engine.ts';

export interface GatherPorts {
  readonly log: Log;
  readonly local: LevelEventLog;
  readonly signer: TakeInPorts['signer'];
  /** Folded up to the own log's head; goes on with what is taken in. */
  readonly ring: ClusterKeyRing;
  readonly client: Pick<PeerClient, 'request'>;
  readonly file: Pick<ClusterFile, 'clusterId' | 'generation' | 'node'>;
}

/** From the logs of these gateways, one after the other. False when one of them could not be had. */
export async function gatherFromGateways(ports: GatherPorts, nodes: readonly string[]): Promise<boolean> {
  let complete = true;
  for (const node of nodes) {
    try {
      const { position } = await ports.local.head();
      await takeInRecords(takingIn(ports), segmentsFrom(ports.client, node, position + 1n));
    } catch (error) {
      const told = { node, error: (error as Error).message };
      ports.log.warn(told, 'its log cannot be had for the new generation');
      complete = false;
    }
  }
  return complete;
}

/** `engine`: the folder of the own member, set aside. Why not all of it could be had; empty when it could. */
export async function gatherFromEngine(ports: GatherPorts & ScratchPorts, engine: string): Promise<string> {
  const { local, layout, log } = ports;
  const before = await local.head();
  let problem = '';
  try {
    await readScratchCopy(ports, engine, async (quorum) => {
      await keepSpoolsOf(layout, quorum);
      await takeInQuorum(takingIn(ports), quorum);
    });
  } catch (error) {
    problem = (error as Error).message;
  }
  const { position } = await local.head();
  const told = { events: Number(position - before.position), engine };
  if (problem === '') log.info(told, 'the old engine was read, its events are in the log');
  else log.warn({ ...told, problem }, 'the old engine could not be read to its end');
  return problem;
}

function takingIn({ local, signer, ring, file }: GatherPorts): TakeInPorts {
  const { clusterId, generation } = file;
  return {
    ...{ local, clusterId, generation, signer, keys: ring.ring },
    onStored: (events) => void ring.note(events),
    changesKeys: ClusterKeyRing.changesKeys,
  };
}
