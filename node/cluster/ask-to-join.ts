/**
 * Asks a member of a cluster to be admitted. The token names the CA that the member must show, and is told only after it
 * has shown it: first a look at who answers there, then the request over a connection that trusts this CA alone.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls, type DetailedPeerCertificate } from 'node:tls';
import { patiently } from '#node/ipc/patiently.ts';
import { exchange, PeerError, splitAddress } from '#node/peer/peer-client.ts';
import { nodeOf } from '#node/peer/peer-identity.ts';
import { VERSION } from '#node/version.ts';
import { ClusterError, refusedBecause } from './cluster-error.ts';
import {
  type JoinAnswer,
  type JoinRefusal,
  type JoinRequest,
  joinAnswerSchema,
  joinRefusalSchema,
} from './join-protocol.ts';
import type { JoinToken } from './join-token.ts';

const LOOK_MS = 10_000;
const JOIN_MS = 60_000; // It waits for the quorum and for signatures.
/** While voters change, the log is opened anew and its process restarts; an election takes seconds, a new cluster key longer. */
const PATIENCE_MS = 30_000;
const PASSING: ReadonlySet<unknown> = new Set(['no-quorum', 'not-now']);

/** Rejects with ClusterError; with what passes by itself only when it has not passed within half a minute. */
export async function askToJoin(
  address: string,
  token: JoinToken,
  request: JoinRequest,
): Promise<JoinAnswer> {
  const [host, port] = splitAddress(address);
  if (host === '' || !/^\d{1,5}$/.test(port))
    throw new ClusterError('refused', `${address} is not HOST:PORT.`);
  const authority = await authorityAt(host, Number(port), token);
  const ask = (): Promise<JoinAnswer> => askOnce({ address, host, port, authority }, request);
  return patiently(ask, PATIENCE_MS, ({ code }) => PASSING.has(code));
}

interface Asked {
  readonly address: string;
  readonly host: string;
  readonly port: string;
  /** The CA that the token names, PEM. */
  readonly authority: string;
}

async function askOnce({ address, host, port, authority }: Asked, request: JoinRequest): Promise<JoinAnswer> {
  const session = connectHttp2(`https://${host.includes(':') ? `[${host}]` : host}:${port}`, {
    ca: authority,
    minVersion: 'TLSv1.3',
    checkServerIdentity: (_host, certificate) =>
      nodeOf(new X509Certificate(certificate.raw)) ? undefined : new Error('not a gateway'),
  });
  session.on('error', () => {}); // Told by the exchange.
  try {
    const body = Buffer.from(JSON.stringify(request));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/join',
      'content-type': 'application/json',
    });
    const { status, body: answer } = await exchange(stream, { body, timeoutMs: JOIN_MS });
    const parsed: unknown = JSON.parse(answer.toString('utf8') || 'null');
    if (status === 200) return joinAnswerSchema.parse(parsed);
    const refusal = joinRefusalSchema.safeParse(parsed);
    if (refusal.success) throw sentenceOf(refusal.data.refusal, refusal.data.detail, request);
    throw new ClusterError(
      'not-now',
      `${address} cannot admit a gateway now (status ${status}); see its log.`,
    );
  } catch (error) {
    if (error instanceof PeerError) throw new ClusterError('not-now', `${address}: ${error.message}`);
    throw error;
  } finally {
    session.close();
  }
}

/** The CA that answers there, PEM, when it is the one that the token names. */
function authorityAt(host: string, port: number, token: JoinToken): Promise<string> {
  return new Promise((resolve, reject) => {
    // Nothing is said here; what is shown is compared with the token.
    const socket = connectTls({
      host,
      port,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.3',
    });
    const fail = (error: ClusterError): void => {
      socket.destroy();
      reject(error);
    };
    const unreachable = (why: string): void =>
      fail(new ClusterError('unreachable', `No member of a cluster answers on ${host}:${port}: ${why}`));
    socket.setTimeout(LOOK_MS, () => unreachable(`silent for ${LOOK_MS / 1000} s`));
    socket.once('error', (error) => unreachable(error.message));
    socket.once('secureConnect', () => {
      const shown = chainOf(socket.getPeerCertificate(true));
      const named = shown.find((raw) => createHash('sha256').update(raw).digest('hex') === token.caSha256);
      if (!named) {
        fail(
          new ClusterError(
            'foreign-authority',
            `${host}:${port} belongs to another cluster than the token, or someone stands between. Nothing was said to it. After a gateway was removed tokens of before are no longer good: make a new one.`,
          ),
        );
        return;
      }
      socket.destroy();
      resolve(new X509Certificate(named).toString());
    });
  });
}

function chainOf(first: DetailedPeerCertificate): Buffer[] {
  const chain: Buffer[] = [];
  for (let at: DetailedPeerCertificate | undefined = first; at?.raw; at = at.issuerCertificate) {
    if (chain.some((raw) => raw.equals(at!.raw))) break;
    chain.push(at.raw);
  }
  return chain;
}

function sentenceOf(refusal: JoinRefusal, detail: string, { atMs }: JoinRequest): ClusterError {
  const because = (message: string): ClusterError => new ClusterError('refused', message);
  switch (refusal) {
    case 'wrong-token':
      return because(
        'The cluster does not know this token for what this machine wants to be: copy it whole, or make a new one (sealgate cluster token; for a witness with --role witness, and sealgate witness join).',
      );
    case 'expired-token':
      return because(
        'The token has expired, an hour after it was made. Make a new one: sealgate cluster token',
      );
    case 'used-token':
      return because('Another gateway has used this token. Make a new one: sealgate cluster token');
    case 'clock':
      return because(
        `The clock of this machine (${new Date(atMs).toISOString()}) differs by ${detail} s from the cluster's. Set it, then join.`,
      );
    case 'older-version':
      return because(
        `This gateway is older (${VERSION}) than the cluster (${detail}). Upgrade it, then join.`,
      );
    case 'newer-version':
      return because(
        `This gateway is newer (${VERSION}) than the cluster (${detail}). Upgrade the cluster first.`,
      );
    case 'other-engine':
      return because(
        detail === 'external'
          ? 'The database of the cluster is an external etcd: set cluster.external in sealgate.yaml as on the other gateways, then join with the same token.'
          : 'etcd runs inside the gateways of this cluster: take cluster.external out of sealgate.yaml, then join with the same token.',
      );
    case 'not-a-voter':
      return because(`That gateway does not vote and cannot admit others. Ask one of: ${detail}`);
    case 'busy':
      return new ClusterError(
        'not-now',
        'The cluster replaces the keys that a removed gateway knows. Try again in a minute.',
      );
    case 'no-quorum':
      return new ClusterError('no-quorum', `The cluster can make no changes now: ${detail}`);
    case 'malformed':
      return because('The cluster did not understand the request; are both of the same version?');
    case 'name-taken':
    case 'removed-member':
    case 'two-voters':
    case 'even-voters':
    case 'too-many-voters':
    case 'no-standby-needed':
    case 'external-engine':
      return refusedBecause(refusal);
  }
}
