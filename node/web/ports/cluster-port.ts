/** The cluster of the management: the ledger's view of it, and the steps that the ledger does. */

import { writeEtcdVersion } from '#consensus/etcd/version-rules.ts';
import { ClusterError } from '#node/cluster/cluster-error.ts';
import { engineProgram } from '#node/cluster/engine-program.ts';
import { type ExternalSettings, whereOf } from '#node/cluster/external-settings.ts';
import { ownAddresses } from '#node/cluster/own-addresses.ts';
import { patiently } from '#node/ipc/patiently.ts';
import type { ClusterClient } from '#node/ledger/cluster-client.ts';
import type { OthersClient } from '#node/peer/others-client.ts';
import { readCounts } from '#node/shadow/counts-file.ts';
import type { DrainState } from '#node/shadow/drain-protocol.ts';
import { AdminRefusal, type RefusalCode } from '#node/web/admin-request.ts';
import type { ClusterAdminPort, ClusterStatus } from '#node/web/cluster-admin-port.ts';
import { conditionOf, memberRows } from './cluster-members.ts';
import { metaOf, type PortParts, unavailable } from './parts.ts';
import { replacements } from './replacements.ts';

/** When the voters change, the log is opened anew: whoever wants a token at that moment waits, instead of asking again. */
const TOKEN_PATIENCE_MS = 15_000;
const PASSING: ReadonlySet<unknown> = new Set(['no-quorum', 'unavailable', 'disconnected']);

/** Words of ClusterError → words of the management. */
const CODES: Readonly<Record<string, RefusalCode>> = {
  'already-member': 'already-known',
  'not-member': 'not-allowed',
  'no-engine': 'not-allowed',
  'engine-version': 'not-allowed',
  'engine-failed': 'unavailable',
  'not-a-voter': 'not-allowed',
  'no-quorum': 'not-writable',
  refused: 'not-allowed',
  'mail-under-way': 'not-allowed',
  removed: 'not-allowed',
};

export function clusterPort(
  parts: PortParts & {
    readonly cluster: ClusterClient;
    readonly others: Pick<OthersClient, 'drain'>;
  },
): ClusterAdminPort {
  const { cluster, others, settings, layout, ledger, models, log } = parts;

  const asked = <T>(doing: Promise<T>): Promise<T> =>
    doing.catch((error: Error & { code?: string }) => {
      const code = CODES[error.code ?? ''];
      throw code ? new AdminRefusal(code, error.message) : unavailable(error);
    });

  const seen = async (): Promise<Omit<ClusterStatus, 'replacement'>> => {
    const [view, details, log] = await asked(
      Promise.all([cluster.view(), cluster.details(), ledger.status()]),
    );
    const facts = { view, log, engine: details.engine };
    const members = memberRows(facts);
    return {
      mode: view.mode,
      clusterId: view.clusterId,
      generation: view.generation,
      self: view.self,
      condition: conditionOf(facts, members, settings, readCounts(layout.shadowCounts)),
      writable: view.quorum,
      reason: view.reason,
      external: details.external,
      members,
      warnings: [...details.warnings, ...(log.notice === '' ? [] : [log.notice])],
      room: details.room,
      progress: details.progress,
      settling: details.settling,
      divergences: models.gateways.divergences.map((divergence) => ({ ...divergence })),
      mayCallOff: details.mayCallOff,
    };
  };
  const { replacementOf, ...replacing } = replacements(parts, seen);

  return {
    async status() {
      const status = await seen();
      return { ...status, replacement: await asked(replacementOf(status)) };
    },
    ...replacing,
    async plan() {
      return asked(planOf());
    },
    init: (by) => asked(cluster.form(metaOf(by))),
    remove: (request, by) => asked(cluster.remove(request, metaOf(by))),
    async drain({ member, on }, by) {
      const state = await drainOf(member, on);
      log.warn({ member, on, by: by.actor, reason: by.reason }, 'a gateway gives away its mails');
      return state;
    },
    draining: ({ member }) => drainOf(member, null),
    recover: (request, by) => asked(cluster.recover(request, metaOf(by))),
    async token({ role }, by) {
      const { text, expiresAtMs } = await asked(
        patiently(
          () => cluster.token(role, metaOf(by)),
          TOKEN_PATIENCE_MS,
          ({ code }) => PASSING.has(code),
        ),
      );
      return { token: text, expiresAtMs, address: ownAddresses(settings).peerAddress };
    },
  };

  async function drainOf(asked: string, on: boolean | null): Promise<DrainState> {
    const { members } = await cluster.view();
    const member = members.find(({ node, name }) => node === asked || name === asked);
    if (!member) throw new AdminRefusal('unknown', 'There is no such member: sealgate cluster');
    const state = await others.drain(member.node, on);
    if (state === null) {
      throw new AdminRefusal(
        'unavailable',
        `${member.name} does not answer: nothing of its mails can be given away.`,
      );
    }
    return state;
  }

  async function planOf(): Promise<string[]> {
    if ((await cluster.view()).mode !== 'single') {
      throw new ClusterError('already-member', 'This gateway is a member of a cluster already.');
    }
    if (settings.cluster.external) return externalPlan(settings.cluster.external);
    const { version, warning } = await engineProgram(settings.cluster.etcd.binary);
    const { peerAddress, etcdClient, etcdPeer } = ownAddresses(settings);
    return [
      `etcd ${writeEtcdVersion(version)} is started on ${etcdClient} and ${etcdPeer}, detached from the gateway`,
      `other gateways reach this one on ${peerAddress}`,
      'three authorities of the cluster are made; their keys lie in the vault',
      'the log stays as it is and goes on as the log of the cluster',
      ...(warning === '' ? [] : [`warning: ${warning}`]),
    ];
  }

  function externalPlan(external: ExternalSettings): string[] {
    return [
      `${whereOf(external)} orders the changes; nothing but this prefix is read or written there`,
      `other gateways reach this one on ${ownAddresses(settings).peerAddress}`,
      'three authorities of the cluster are made; their keys lie in the vault',
      'the log stays as it is and goes on as the log of the cluster; no gateway votes',
    ];
  }
}
