/**
 * The certificates of this gateway in `cluster/`, PEM: for other gateways (`gateway`), and for the engine as server
 * (`etcd-server`), among its members (`etcd-peer`), as client (`etcd-client`) and as its administrator (`etcd-root`).
 * Beside them the three CAs that are trusted; never a private key of a CA.
 */
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import type { PeerTls } from '#node/peer/peer-server.ts';
import { readIfThere } from './durable-json.ts';

export type NodeCertificate = 'gateway' | 'etcd-server' | 'etcd-peer' | 'etcd-client' | 'etcd-root';
export type NodeAuthority = 'gateway' | 'peer' | 'client';

const certificateFile = ({ cluster }: Pick<Layout, 'cluster'>, name: NodeCertificate): string =>
  join(cluster, `${name}.crt`);
const keyFile = ({ cluster }: Pick<Layout, 'cluster'>, name: NodeCertificate): string =>
  join(cluster, `${name}.key`);
const authorityFile = ({ cluster }: Pick<Layout, 'cluster'>, name: NodeAuthority): string =>
  join(cluster, `${name}-ca.crt`);

/** For the connections between gateways. Throws when a file is missing. */
export function gatewayTls(layout: Pick<Layout, 'cluster'>): PeerTls {
  const needed = (path: string): string => {
    const text = readIfThere(path);
    if (text === null) throw new Error(`${path} is missing; restore it from a backup of this gateway`);
    return text;
  };
  return {
    cert: needed(certificateFile(layout, 'gateway')),
    key: needed(keyFile(layout, 'gateway')),
    ca: needed(authorityFile(layout, 'gateway')),
  };
}
