/**
 * Answers the requests of our own TLS servers (node/tls/certificate-folder.ts): a certificate for this gateway's host
 * name, recorded in the log, replaced in time.
 *
 * The name is ours to say, never the request's. Whoever took over a server could only ask again and again, so a folder
 * gets ISSUED_PER_DAY_MAX certificates a day.
 */
import { createPublicKey, X509Certificate as NodeCertificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { certificateDecider, certificateStream } from '#domain/certificates/certificate.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import { factsOfCertificate } from '#node/crypto/x509/certificate-facts.ts';
import { isHostName, issueServerCertificate } from '#node/crypto/x509/issue-server-certificate.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { Log } from '#node/log.ts';
import { readIfThere } from '#node/read-if-there.ts';
import { certificatePath, publicKeyPath, writeWhole } from '#node/tls/certificate-folder.ts';
import type { ReadModels } from '#projections/read-models.ts';
import { type CaPorts, OWN_AUTHORITY_ID } from './ca-ports.ts';
import { authoritySigner, readAuthority } from './own-authority.ts';

const DAY_MS = 86_400_000;
const VALIDITY_DAYS = 90; // Renewed by itself; a stolen key is worth little for long.
const RENEW_BEFORE_MS = 30 * DAY_MS; // As long as a gateway may stand still without anybody noticing.
const ISSUED_PER_DAY_MAX = 5;
const LOOK_MS = 1_000; // A new gateway offers STARTTLS a second after its authority is there.

export interface ServerCertificatesOptions {
  readonly ports: CaPorts;
  readonly models: ReadModels;
  readonly hostname: string;
  /** `node/<id>` in the log. */
  readonly node: string;
  readonly folders: readonly string[];
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Gives the function that stops it. */
export function keepServerCertificates(options: ServerCertificatesOptions): () => void {
  const { hostname, folders, log, nowMs } = options;
  if (!isHostName(hostname)) {
    log.warn({ hostname }, 'no certificate for STARTTLS is made: not a host name');
    return () => {};
  }
  const issuedAt = new Map<string, number[]>();
  let running: Promise<void> = Promise.resolve();
  let busy = false;

  async function look(): Promise<void> {
    for (const folder of folders) {
      const request = readIfThere(publicKeyPath(folder));
      if (!request) continue;
      const state = stateOf(options, folder, request);
      if (state === 'good') continue;
      if (state === 'ending') {
        rmSync(publicKeyPath(folder), { force: true }); // The server makes a new key and asks for it.
        continue;
      }
      const today = (issuedAt.get(folder) ?? []).filter((at) => at > nowMs() - DAY_MS);
      if (today.length >= ISSUED_PER_DAY_MAX) continue;
      if (await issueInto(options, folder, request)) issuedAt.set(folder, [...today, nowMs()]);
    }
  }

  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = look()
      .catch((error: Error) => log.warn({ error: error.message }, 'certificate for STARTTLS not made'))
      .finally(() => {
        busy = false;
      });
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    void running;
  };
}

/** `none`: there is no certificate for this key and name. */
function stateOf(
  { models, hostname, nowMs }: ServerCertificatesOptions,
  folder: string,
  request: Buffer,
): 'good' | 'ending' | 'none' {
  const pem = readIfThere(certificatePath(folder));
  if (!pem) return 'none';
  const certificate = new NodeCertificate(pem);
  if (!certificate.publicKey.equals(createPublicKey(request))) return 'none';
  if (certificate.checkHost(hostname) === undefined) return 'none';
  const { sha256, notAfterMs } = readCertificate(certificate.raw);
  const revoked = models.certificates.get(sha256)?.status === 'revoked';
  return revoked || notAfterMs < nowMs() + RENEW_BEFORE_MS ? 'ending' : 'good';
}

async function issueInto(
  { ports, hostname, node, nowMs }: ServerCertificatesOptions,
  folder: string,
  request: Buffer,
): Promise<boolean> {
  const authority = await readAuthority(ports);
  if (!authority) return false; // The first start is not over.
  const atMs = nowMs();
  const publicKey = createPublicKey(request).export({ type: 'spki', format: 'der' });
  const { crlUrl } = authority.facts;
  const certificate = await issueServerCertificate(
    { issuer: authority.certificate, hostname, publicKey, validityDays: VALIDITY_DAYS, atMs, crlUrl },
    authoritySigner(ports, authority),
  );
  const meta = {
    requestId: certificate.sha256,
    actor: `node/${node}`,
    reason: 'certificate of a server of the gateway',
    atMs,
  };
  // First the record: what the log does not know is not in use.
  await record(ports, certificate, meta);
  writeWhole(certificatePath(folder), pemOf([certificate]), 0o644);
  return true;
}

async function record(ports: CaPorts, certificate: X509Certificate, meta: CommandMeta): Promise<void> {
  const facts = factsOfCertificate(certificate, null);
  const command = {
    type: 'RecordIssuedCertificate',
    authorityId: OWN_AUTHORITY_ID,
    ...facts,
    at: meta.atMs,
  } as const;
  await execute(ports.ledger, certificateDecider, certificateStream(certificate.sha256), command, meta);
}

const pemOf = (chain: readonly X509Certificate[]): string =>
  chain.map(({ der }) => new NodeCertificate(der).toString()).join('');
