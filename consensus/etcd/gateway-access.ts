/**
 * Who may do what in our own etcd: an administrator for each voter, one user for each gateway, known by the common name of
 * its client certificate, with as little as it needs (replication.md §4.2). No certificate names etcd's own `root`.
 *
 * etcd's permission to write includes deleting, and before 3.5 a nested transaction passes it by: what protects the log
 * is its chain and its signatures. All steps may be done again.
 */
import type { Permission } from './auth-messages.ts';
import {
  AUTH_ENABLE,
  ROLE_ADD,
  ROLE_DELETE,
  ROLE_GRANT,
  USER_ADD,
  USER_DELETE,
  USER_GRANT_ROLE,
} from './auth-messages.ts';
import { EtcdRefusal } from './call-failure.ts';
import type { EtcdAdministration } from './etcd-administration.ts';

/** etcd's name for the user and the role that may do all; common name of the supervisor's client certificate. */
export const ROOT_USER = 'root';

/** What all gateways write: the log, its payloads and checkpoints, the vault, claims and locks, tokens that are used up. */
const SHARED = ['events/', 'blob/', 'checkpoint/', 'vault/', 'spool/', 'lock/', 'token/'];
/** What each gateway writes of itself. */
const OWN = ['ack/', 'node/', 'alive/'];

/** `prefix` as given to EtcdQuorum; `node` the gateway's id. */
export function gatewayPermissions(prefix: string, node: string): Permission[] {
  return [
    { access: 'read', ...folder(prefix) },
    { access: 'read-write', key: `${prefix}head` },
    ...SHARED.map((name): Permission => ({ access: 'read-write', ...folder(prefix + name) })),
    ...OWN.map((name): Permission => ({ access: 'read-write', key: prefix + name + node })),
  ];
}

/** `/` is followed by `0`. */
const folder = (path: string): { key: string; end: string } => ({ key: path, end: `${path.slice(0, -1)}0` });

/** A user with all rights for each voter, so that the one of a removed gateway can be taken. */
export const administratorOf = (node: string): string => `${ROOT_USER}-${node}`;

/**
 * After it only certificates of known users are let in; the caller's own must be one with all rights: root's, or that of
 * `node` as an administrator.
 */
export async function enableAccess(administration: EtcdAdministration, node?: string): Promise<void> {
  await unlessExists(administration.change(ROLE_ADD, { name: ROOT_USER }));
  await unlessExists(administration.change(USER_ADD, { name: ROOT_USER }));
  await administration.change(USER_GRANT_ROLE, { user: ROOT_USER, role: ROOT_USER });
  if (node !== undefined) await admitAdministrator(administration, node);
  await administration.change(AUTH_ENABLE, null);
}

/** `node`: the common name of its client certificate, too. */
export async function admitGateway(
  administration: EtcdAdministration,
  prefix: string,
  node: string,
): Promise<void> {
  await unlessExists(administration.change(ROLE_ADD, { name: node }));
  for (const permission of gatewayPermissions(prefix, node))
    await administration.change(ROLE_GRANT, { role: node, permission });
  await unlessExists(administration.change(USER_ADD, { name: node }));
  await administration.change(USER_GRANT_ROLE, { user: node, role: node });
}

export async function admitAdministrator(administration: EtcdAdministration, node: string): Promise<void> {
  const user = administratorOf(node);
  await unlessExists(administration.change(USER_ADD, { name: user }));
  await administration.change(USER_GRANT_ROLE, { user, role: ROOT_USER });
}

export async function dismissGateway(administration: EtcdAdministration, node: string): Promise<void> {
  await unless('absent', administration.change(USER_DELETE, { name: administratorOf(node) }));
  await unless('absent', administration.change(USER_DELETE, { name: node }));
  await unless('absent', administration.change(ROLE_DELETE, { name: node }));
}

const unlessExists = (done: Promise<unknown>): Promise<void> => unless('exists', done);

async function unless(reason: EtcdRefusal['reason'], done: Promise<unknown>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!(error instanceof EtcdRefusal) || error.reason !== reason) throw error;
  }
}
