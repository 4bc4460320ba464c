/**
 * A pair without a third box: one votes, the standby has every change before it counts. Either may die and mail flows; when
 * the voter is gone for good, one command makes the standby go on, and the old one's return is refused, what it had
 * recorded alone kept and told (replication.md §4.1, §8, 20 and 33).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { type NextHop, nextHop } from '../node/send/next-hop.ts';
import { dies } from './kill-gateway.ts';
import { addDomain, cli, ScratchCluster, succeeds } from './run-cluster.ts';

const WITHIN_MS = 120_000;
const CHANGES = 30;
const OURS = 'ours.example';
let cluster: ScratchCluster;
let first: Gateway;
let second: Gateway;
let hop: NextHop;

before(async () => {
  hop = await nextHop();
  const route = { domain: OURS, host: '127.0.0.1', port: hop.port, tls: 'none' };
  cluster = await ScratchCluster.start({ settings: { send: { routes: [route], retryAfterMs: [500] } } });
  await cluster.init();
  await addDomain(cluster.first, OURS);
});
after(async () => {
  await cluster?.remove();
  await hop.close();
});

async function mailPasses(on: Gateway, name: string): Promise<void> {
  const mail = `From: a@partner.example\r\nSubject: ${name}\r\nMessage-ID: <${name}@partner.example>\r\n\r\n${name}\r\n`;
  await submit(on.outsidePort, { from: 'a@partner.example', to: [`b@${OURS}`], mail });
  await until(
    () => hop.mails.some(({ raw }) => raw.toString('latin1').includes(`Subject: ${name}`)),
    WITHIN_MS,
    () => `${name} has not arrived\n${cluster.output()}`,
  );
}

async function domainsOf(gateway: Gateway): Promise<string[]> {
  const rows = await gateway.admin.query<{ domain: string }[]>('people.domains');
  return rows.map(({ domain }) => domain);
}

describe('a pair without a third box', () => {
  it('is never two voters; the second one is a standby', async () => {
    const voter = await cli(cluster.first.settingsFile, 'cluster', 'token', '--role', 'voter');
    assert.equal(voter.code, 1);
    assert.match(voter.error, /Two voters are worse than one/);
    const { out } = await succeeds(cli(cluster.first.settingsFile, 'cluster', 'token'));
    assert.match(out, /the second gateway becomes a standby[\s\S]*--role witness/);
    await cluster.join();
    [first, second] = cluster.gateways as [Gateway, Gateway];
    const { members } = await cluster.settled(first, ({ members: all }) => all.every((m) => m.alive));
    assert.deepEqual(
      members.map(({ role }) => role),
      ['voter', 'standby'],
    );
  });

  it('has every acknowledged change on the standby when the voter dies in the middle; mail flows there', async () => {
    await cluster.settled(first, ({ condition, writable }) => condition === 'well' && writable);
    const acknowledged: string[] = [];
    const writing = (async () => {
      for (let i = 0; i < CHANGES * 10; i++) {
        await addDomain(first, `change-${i}.example`);
        acknowledged.push(`change-${i}.example`);
      }
    })().catch(() => {});
    await until(
      () => acknowledged.length >= CHANGES,
      WITHIN_MS,
      () => cluster.output(),
    );
    await dies(first);
    await writing;
    await cluster.settled(second, ({ condition }) => condition === 'pair-apart');
    const known = new Set(await domainsOf(second));
    assert.deepEqual(
      acknowledged.filter((domain) => !known.has(domain)),
      [],
    );
    await assert.rejects(addDomain(second, 'nobody-agrees.example'));
    await mailPasses(second, 'without-the-voter');
    await first.start();
    await cluster.settled(second, ({ writable }) => writable);
  });

  it('goes on without the standby, and says so', async () => {
    await second.stop('SIGKILL');
    await cluster.settled(first, ({ condition }) => condition === 'one-copy');
    await addDomain(first, 'first-alone.example');
    const { warnings } = await cluster.settled(first, (status) =>
      status.warnings.some((warning) => warning.includes('the standby is away')),
    );
    assert.match(warnings.join(), /the standby is away; \d+ events stand on this gateway only/);
    await mailPasses(first, 'without-the-standby');
  });

  it('goes on by one command on the standby when the voter is gone for good', async () => {
    await dies(first);
    await second.start();
    await cluster.settled(second, ({ condition }) => condition === 'pair-apart');
    const words = ['cluster', 'recover', '--confirm-dead', 'gw-1', '--reason', 'burnt'];
    await succeeds(cli(second.settingsFile, ...words));
    await cluster.settled(second, ({ generation, writable }) => generation === 2 && writable);
    await cluster.alone(second);
    await addDomain(second, 'goes-on.example');
    await cluster.appears(second, 'goes-on.example');
    await mailPasses(second, 'after-the-promotion');
  });

  it('refuses the old voter, whose surplus is kept, and told when it has joined anew', async () => {
    await first.start();
    const told = await cluster.settled(first, ({ reason }) => reason.includes('removed with generation 2'));
    assert.equal(told.writable, false);
    assert.ok((await domainsOf(first)).includes('first-alone.example'));
    await assert.rejects(addDomain(first, 'from-the-dead.example'));
    await first.stop();
    await succeeds(cli(first.settingsFile, 'cluster', 'join', ...(await cluster.token('auto', second))));
    await first.start();
    await cluster.appears(first, 'goes-on.example');
    const { divergences, members } = await cluster.settled(
      second,
      (status) => status.divergences.length === 1,
    );
    assert.ok((divergences[0]?.events ?? 0) >= 1);
    assert.equal(members.find(({ name }) => name === 'gw-1')?.role, 'standby');
    assert.ok(!(await domainsOf(first)).includes('first-alone.example'));
    const { out } = await cli(second.settingsFile, 'cluster');
    assert.match(out, /kept \d+ events of generation 1 from position \d+ on, apart from the log/);
  });
});
