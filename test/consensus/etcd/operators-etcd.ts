/**
 * An etcd of somebody else with users: what an operator has and lets a cluster use. Who calls what is counted by etcd
 * itself (its metrics).
 */
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { ROLE_ADD, ROLE_GRANT, USER_ADD, USER_GRANT_ROLE } from '#consensus/etcd/auth-messages.ts';
import type { ClientCredentials } from '#consensus/etcd/endpoint.ts';
import { enableAccess } from '#consensus/etcd/gateway-access.ts';
import { prefixEnd } from '#consensus/key-value-quorum.ts';
import { EtcdMembers } from './etcd-members.ts';

/** What a guest in an etcd has no business with (replication.md §8, 32). */
const OPERATORS_OWN =
  /^(Compact|Defragment|Alarm|Snapshot|MoveLeader|Downgrade|Hash|HashKV|Member.*|Auth.*|User.*|Role.*)$/;

export class OperatorsEtcd {
  readonly members: EtcdMembers;
  #guests = 0;

  private constructor(members: EtcdMembers) {
    this.members = members;
  }

  static async start(): Promise<OperatorsEtcd> {
    const members = await EtcdMembers.start({ count: 1 });
    await enableAccess(members.administration);
    return new OperatorsEtcd(members);
  }

  /** A user that may read and write under the prefix, and nothing else; without one it may do nothing. */
  async user(name: string, prefix: string | null): Promise<ClientCredentials> {
    const { administration, clients } = this.members;
    await administration.change(ROLE_ADD, { name });
    if (prefix !== null) {
      const permission = { access: 'read-write', key: prefix, end: prefixEnd(prefix) } as const;
      await administration.change(ROLE_GRANT, { role: name, permission });
    }
    await administration.change(USER_ADD, { name });
    await administration.change(USER_GRANT_ROLE, { user: name, role: name });
    return clients.credentials(name);
  }

  /** As `cluster.external` of the settings. */
  settings(credentials: ClientCredentials, prefix: string) {
    this.#guests += 1;
    const guest = `guest-${this.#guests}`;
    const { folder, addresses } = this.members;
    const write = (name: string, content: string): string => {
      const path = join(folder, `${guest}-${name}.pem`);
      writeFileSync(path, content);
      return path;
    };
    return {
      endpoints: addresses,
      ca: write('ca', credentials.ca),
      clientCertificate: write('certificate', credentials.certificate),
      key: write('key', credentials.key),
      prefix,
    };
  }

  /** All calls so far that are its operator's own, by method. */
  async operatorsCalls(): Promise<Record<string, number>> {
    const { address } = this.members.members[0]!;
    const { ca, certificate: cert, key } = this.members.root;
    const text = await new Promise<string>((resolve, reject) => {
      const asked = request(`https://${address}/metrics`, { ca, cert, key }, (response) => {
        let body = '';
        response.on('data', (piece) => {
          body += piece;
        });
        response.on('end', () => resolve(body));
      });
      asked.on('error', reject);
      asked.end();
    });
    const lines = text.matchAll(/^grpc_server_started_total\{grpc_method="(\w+)"[^}]*\} (\S+)$/gm);
    const calls = [...lines].map(([, method, count]) => [method!, Number(count)] as const);
    if (!calls.some(([method, count]) => method === 'Txn' && count > 0))
      throw new Error('etcd counts no calls');
    return Object.fromEntries(calls.filter(([method]) => OPERATORS_OWN.test(method)));
  }

  remove(): Promise<void> {
    return this.members.remove();
  }
}
