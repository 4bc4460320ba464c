/** P5: OpenPGP sign + encrypt end to end, against Postfix with a `gpg` filter of 8 processes with keys of the same kind. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchGateway, importFile, PARTNER, protectedBy, SENDER } from './bench-gateway.ts';
import { type BenchRow, inTurns, rowOf } from './bench-row.ts';
import { countingSink, throughput } from './mail-load.ts';
import { postfixPeer } from './peer-postfix.ts';

const ROUNDS = 3;
const MAILS = 300;
const MAILS_OF_FILTER = 100;
const WARM_UP_MAILS = 600;

interface GpgHome {
  readonly folder: string;
  readonly publicKey: string;
  readonly filter: string;
  remove(): void;
}

/** A home that `nobody` owns, with a key pair of ours and the partner's. */
function gpgHome(): GpgHome {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-bench-gpg-'));
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' })),
  ) as [number, number];
  chownSync(folder, uid, gid);
  const env = { PATH: process.env.PATH, HOME: folder };
  const options = ['--homedir', folder, '--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
  const run = (...args: string[]): Buffer =>
    execFileSync('gpg', [...options, ...args], {
      uid,
      gid,
      env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  for (const address of [SENDER, PARTNER]) {
    run('--quick-generate-key', `<${address}>`, 'future-default', 'default', 'never');
  }
  const publicKey = join(folder, 'partner.asc');
  writeFileSync(publicKey, run('--armor', '--export', PARTNER));
  return {
    folder,
    publicKey,
    filter: `echo 'Subject: bench'; echo; gpg --homedir ${folder} --batch --trust-model always --armor --sign --encrypt -u ${SENDER} -r ${PARTNER}`,
    remove() {
      execFileSync('gpgconf', ['--homedir', folder, '--kill', 'all'], { uid, gid, env, cwd: folder });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function bench(): Promise<BenchRow[]> {
  const home = gpgHome();
  const sink = await countingSink();
  const toStop: (() => unknown)[] = [sink.stop, home.remove];
  try {
    const gateway = await benchGateway(sink.port, protectedBy('openpgp'));
    toStop.unshift(gateway.remove);
    await importFile(gateway, home.publicKey);
    const filter = await postfixPeer(sink.port, home.filter);
    toStop.unshift(filter.stop);
    const side = (port: number, mails: number) =>
      throughput({ port, sink, mails, from: SENDER, to: PARTNER, keepConnections: true });
    await side(gateway.insidePort, WARM_UP_MAILS);
    const rounds = await inTurns(ROUNDS, [
      () => side(gateway.insidePort, MAILS),
      () => side(filter.port, MAILS_OF_FILTER),
    ]);
    const pairs = rounds.map((values) => ({ product: values[0]!, anchor: values[1]! }));
    return [rowOf('P5', 'OpenPGP sign + encrypt, against Postfix + `gpg`', 'mails/s', pairs)];
  } finally {
    for (const stop of toStop) await stop();
  }
}
