/**
 * Writes the data folder that the next versions must open: `node deploy/run.mjs test/upgrade/write-release-data.ts X.Y.Z`.
 *
 * A gateway with a domain, a partner, a person with keys, a published rule book, and a mail that waits in the spool.
 */
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from '../fault/process-tree.ts';
import { opensslPartner } from '../gateway/openssl.ts';
import { runGateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';

const release = process.argv[2];
if (!release || !/^\d+\.\d+\.\d+$/.test(release)) throw new Error('which release?');
const target = join('test/upgrade/fixtures', release);
if (existsSync(target)) throw new Error(`${target} was written by that release; it never changes`);

const gateway = await runGateway();
const partner = opensslPartner('bob@partner.example', 3650);
try {
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'fixture' });
  const base64 = partner.certificate.toString('base64');
  await gateway.admin.change('certificates.import', {
    fileName: 'bob.pem',
    base64,
    password: '',
    reason: 'fixture',
  });
  const mail =
    'From: alice@example.org\r\nTo: bob@partner.example\r\nSubject: waiting\r\n\r\nI wait in the spool.\r\n';
  const send = (): Promise<string> =>
    submit(gateway.insidePort, { from: 'alice@example.org', to: ['bob@partner.example'], mail });
  await send();
  await gateway.arrival('bob@partner.example');
  // The next one is accepted and not processed: `protect` is stopped as by a power cut.
  const protect = childrenOf(gateway.process().pid ?? 0).find((child) => child.name === 'protect');
  if (!protect) throw new Error('protect does not run');
  process.kill(protect.pid, 'SIGSTOP');
  await send();
  await gateway.stop('SIGKILL');
  process.kill(protect.pid, 'SIGKILL');
  const ends = [protect.pid];
  await until(
    () => ends.every((pid) => !existsSync(`/proc/${pid}`)),
    20_000,
    () => 'protect still runs',
  );
  for (const part of ['run', 'web', 'trace', 'ledger/log/LOG', 'ledger/log/LOCK', 'spool/protect.alive'])
    rmSync(join(gateway.layout.root, part), { recursive: true, force: true });
  cpSync(gateway.layout.root, `${target}.new`, { recursive: true });
  renameSync(`${target}.new`, target);
} finally {
  await gateway.remove();
  partner.remove();
}
