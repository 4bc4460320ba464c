/**
 * A gateway of an older generation goes on in the newer one: new certificates and engine addresses from a gateway that
 * leads it, its old engine member set aside, and, when its log holds what the new one does not, the log too.
 *
 * Who was removed with the new generation is refused, and stays as it is until an operator lets it join anew.
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Head } from '#consensus/event-log.ts';
import type { Layout } from '#node/config/layout.ts';
import type { PeerClient } from '#node/peer/peer-client.ts';
import type { Admission } from './admission.ts';
import { type ClusterFile, writeClusterFile } from './cluster-file.ts';
import { syncDirectory } from './durable-json.ts';
import { setEngineAside } from './engine-aside.ts';
import { stopEtcd } from './etcd-process.ts';
import { fromText, joinAnswerSchema, toText } from './join-protocol.ts';
import type { NewerGeneration } from './newer-generation.ts';
import { ensureNodeKeys, writeAuthorities, writeCertificates } from './node-certificates.ts';
import { engineFolder } from './own-engine.ts';

const ASK_MS = 60_000; // It signs certificates and waits for its quorum.
const STOP_MS = 10_000;
const CERTIFICATES = ['gateway', 'etcd-server', 'etcd-peer', 'etcd-client'] as const;
const REFUSED_STATUS = 401;

export const readmitRequestSchema = z.strictObject({
  v: z.literal(1),
  /** SubjectPublicKeyInfo, DER, base64url. */
  publicKeys: z.record(z.enum(CERTIFICATES), z.string()),
  head: z.strictObject({
    position: z.string().regex(/^\d{1,20}$/),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});
export type ReadmitRequest = z.infer<typeof readmitRequestSchema>;

/** `onChain`: the asker's head stands in the new generation's log. */
export type Readmission =
  | (Extract<Admission, { kind: 'admitted' }> & { readonly onChain: boolean })
  | Extract<Admission, { kind: 'refused' }>;

const answerSchema = z.strictObject({ answer: joinAnswerSchema, onChain: z.boolean() });

export interface AdoptPorts {
  readonly layout: Layout;
  readonly client: Pick<PeerClient, 'request'>;
  readonly head: Head;
  readonly file: ClusterFile;
}

/** The file of the new generation; `removed` when no gateway of it knows this one; null when none answers. */
export async function adoptGeneration(
  { layout, client, head, file }: AdoptPorts,
  { generation, known }: NewerGeneration,
): Promise<ClusterFile | 'removed' | null> {
  const request: ReadmitRequest = {
    v: 1,
    publicKeys: toText(ensureNodeKeys(layout.cluster, CERTIFICATES)) as ReadmitRequest['publicKeys'],
    head: { position: String(head.position), hash: Buffer.from(head.hash).toString('hex') },
  };
  const body = Buffer.from(JSON.stringify(request));
  for (const node of known) {
    const sent = { method: 'POST', path: '/generation', body, timeoutMs: ASK_MS };
    const answer = await client.request(node, sent).catch(() => null);
    if (answer?.status === REFUSED_STATUS) return 'removed';
    if (answer?.status !== 200) continue;
    const { answer: told, onChain } = answerSchema.parse(JSON.parse(answer.body.toString('utf8')));
    await stopEtcd(engineFolder(layout, file.generation), STOP_MS);
    setEngineAside(layout, file.generation);
    writeCertificates(layout.cluster, fromText(told.certificates));
    writeAuthorities(layout.cluster, told.authorities, told.alsoTrusted);
    const aside = onChain
      ? null
      : {
          folder: join(layout.root, 'diverged', `gen${file.generation}-${Date.now()}`),
          node: file.node,
          generation: file.generation,
        };
    const { members } = told;
    const next: ClusterFile = { ...file, generation, members, aside, recovering: null, pending: null };
    writeClusterFile(layout, next);
    return next;
  }
  return null;
}

/** Moves the old history out of the way, once: what the file names is not there yet, or already. */
export function moveLogAside({ ledger }: Layout, { aside }: ClusterFile): void {
  if (!aside || existsSync(aside.folder)) return;
  const made = `${aside.folder}.part`;
  mkdirSync(made, { recursive: true, mode: 0o700 });
  for (const name of ['log', 'head', 'open', 'snapshots']) {
    const path = join(ledger, name);
    if (existsSync(path)) renameSync(path, join(made, name));
  }
  renameSync(made, aside.folder);
  syncDirectory(join(aside.folder, '..'));
  syncDirectory(ledger);
}
