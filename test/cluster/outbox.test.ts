/**
 * Without a majority mail goes on; what it teaches is kept and recorded once afterwards, what needs a change first waits,
 * and operators are told (replication.md §4.4, §8, 21). Real gateways, real members of the engine that are stopped.
 */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { Page } from '#node/web/admin-request.ts';
import type { AuditRow } from '#node/web/audit-admin-port.ts';
import { REQUEST_HEADER } from '#node/web/request-guard.ts';
import type { GatewayStatus } from '#node/web/status-admin-port.ts';
import { childrenOf } from '../fault/process-tree.ts';
import { type OpensslPartner, opensslPartner } from '../gateway/openssl.ts';
import { addOurDomain } from '../gateway/our-domain.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { stopEngines } from './etcd-leash.ts';
import { cli, ScratchCluster, succeeds } from './run-cluster.ts';

const WITHIN_MS = 120_000;
const ALICE = 'alice@example.org';
const DORA = 'dora@example.org';
const BOB = 'bob@partner.example';
let cluster: ScratchCluster;
let bob: OpensslPartner;

before(async () => {
  bob = opensslPartner(BOB);
  // Alone it must accept mail without a second copy.
  cluster = await ScratchCluster.voters(3, { settings: { spool: { shadow: 'prefer' } } });
  await addOurDomain(cluster.first, 'example.org');
  await cluster.first.admin.change('certificates.import', {
    fileName: 'bob.pem',
    base64: bob.certificate.toString('base64'),
    password: '',
    reason: 'test',
  });
});
after(async () => {
  await cluster?.remove();
  bob.remove();
});

async function statusOf(gateway: Gateway): Promise<GatewayStatus> {
  return (await gateway.admin.query<{ status: GatewayStatus }>('status.overview')).status;
}

/** Waits until the gateway tells it so. */
async function tells(gateway: Gateway, holds: (status: GatewayStatus) => boolean): Promise<GatewayStatus> {
  let last: GatewayStatus | null = null;
  const asked = async (): Promise<boolean> => {
    last = await statusOf(gateway);
    return holds(last);
  };
  await until(asked, WITHIN_MS, () => `${JSON.stringify(last, null, 1)}\n${cluster.output()}`);
  return last as unknown as GatewayStatus;
}

async function learnt(gateway: Gateway): Promise<number> {
  const search = { search: 'PartnerCapabilitiesLearnt' };
  return (await gateway.admin.query<Page<AuditRow>>('audit.events', search)).rows.length;
}

/** Bob's program announces what it can read. */
async function bobWrites(subject: string): Promise<void> {
  bob.file('body.txt', 'Content-Type: text/plain\r\n\r\nsigned by me\r\n');
  const words = ['-in', 'body.txt', '-signer', 'cert.pem', '-inkey', 'key.pem', '-from', BOB, '-to', ALICE];
  const signed = bob.run(['cms', '-sign', ...words, '-subject', subject]).toString('latin1');
  const mail = signed.replace(/\r?\n/g, '\r\n');
  await submit(cluster.first.outsidePort, { from: BOB, to: [ALICE], mail });
  await cluster.first.arrival(ALICE, ({ text }) => text.includes(`Subject: ${subject}\r\n`));
}

/** Status of the answer to a change. */
function changed(gateway: Gateway): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { [REQUEST_HEADER]: 'test', 'content-type': 'application/json' };
    const path = '/trpc/people.addDomain';
    const { webSocket: socketPath } = gateway.layout;
    const asked = request({ socketPath, method: 'POST', path, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ domain: 'nobody-agrees.example', reason: 'test' }));
  });
}

describe('a gateway without the majority', () => {
  it('goes on with mail, and keeps what it learns from it, over a kill', async () => {
    const { first } = cluster;
    for (const other of cluster.gateways.slice(1)) {
      await other.stop('SIGKILL');
      await stopEngines(other.layout);
    }
    await cluster.settled(first, ({ condition, writable }) => condition === 'no-majority' && !writable);
    await bobWrites('first');
    await tells(first, ({ line }) => line.facts === 1);
    await bobWrites('second');
    assert.equal((await statusOf(first)).line.facts, 1, 'the same announcement once');
    const protect = childrenOf(first.process().pid as number).find(({ name }) => name === 'protect')!;
    process.kill(protect.pid, 'SIGKILL');
    await until(
      () =>
        childrenOf(first.process().pid as number).some(
          (one) => one.name === 'protect' && one.pid !== protect.pid,
        ),
      WITHIN_MS,
      () => cluster.output(),
    );
    await bobWrites('third');
    await tells(first, ({ line }) => line.facts > 0);
    assert.equal(await learnt(first), 0);
  });

  it('lets a mail wait that needs a key made first, told apart, and refuses changes with 503', async () => {
    const { first } = cluster;
    const mail = `From: ${DORA}\r\nTo: ${BOB}\r\nSubject: needs a key\r\n\r\nhello\r\n`;
    await submit(first.insidePort, { from: DORA, to: [BOB], mail });
    const { line } = await tells(first, (status) => status.line.waits.length > 0);
    assert.equal(line.waits[0]?.mails, 1);
    assert.match(line.waits[0]?.reason ?? '', /key has to be made first, .*no-quorum/);
    const { code, out } = await cli(first.settingsFile, 'status');
    assert.equal(code, 1);
    assert.match(out, /1 mails wait, and go on by themselves: .*quorum/);
    assert.match(out, /facts \(.*\) are kept here/);
    const queue = await succeeds(cli(first.settingsFile, 'queue'));
    assert.match(queue.out, /1 mails wait, and go on by themselves: .*quorum/);
    const metrics = await (await fetch(`${first.webUrl}/metrics`)).text();
    assert.match(metrics, /^sealgate_outbox_facts [1-9]/m);
    assert.match(metrics, /^sealgate_spool_mails\{state="blocked"\} 1$/m);
    assert.equal(await changed(first), 503);
  });

  it('records in order, once, what it learnt, and the mail goes on, when the majority is back', async () => {
    const [first, second, third] = cluster.gateways as [Gateway, Gateway, Gateway];
    await Promise.all([second.start(), third.start()]);
    await tells(first, ({ line }) => line.facts === 0 && line.waits.length === 0);
    const { text } = await first.arrival(BOB);
    assert.match(text, /smime-type=enveloped-data/);
    assert.deepEqual(
      first.delivered.filter(({ recipients }) => recipients.includes(DORA)),
      [],
      'its sender was not bothered',
    );
    assert.equal(await learnt(first), 1);
    await until(
      async () => (await learnt(second)) === 1,
      WITHIN_MS,
      () => cluster.output(),
    );
  });
});
