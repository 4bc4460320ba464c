/** The program of the engine, etcd, on this machine: which version it is, and whether it may be run. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type EtcdVersion, judgeVersion, readEtcdVersion } from '#consensus/etcd/version-rules.ts';
import { ClusterError } from './cluster-error.ts';

const VERSION_MS = 10_000;
const run = promisify(execFile);

export interface EngineProgram {
  readonly version: EtcdVersion;
  /** What is wrong with this version although it may be run; empty when nothing is. */
  readonly warning: string;
}

/** Rejects with ClusterError `no-engine` or `engine-version`. */
export async function engineProgram(binary: string): Promise<EngineProgram> {
  const { stdout } = await run(binary, ['--version'], { timeout: VERSION_MS }).catch((error: Error) => {
    throw new ClusterError(
      'no-engine',
      `A voter needs etcd: ${binary} cannot be run (${error.message.split('\n')[0]}). Install it ` +
        '(Debian: systemctl mask etcd.service; apt-get install etcd-server) or set cluster.etcd.binary.',
    );
  });
  const version = readEtcdVersion(stdout);
  if (!version) throw new ClusterError('engine-version', `${binary} does not tell a version of etcd.`);
  const verdict = judgeVersion(version);
  if (verdict.verdict === 'refused') throw new ClusterError('engine-version', `${verdict.reason}.`);
  return { version, warning: verdict.verdict === 'warned' ? verdict.reason : '' };
}
