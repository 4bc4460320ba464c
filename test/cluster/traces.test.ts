/** One search finds the mails of all gateways; of one that is gone, from its copy. Real gateways, a real engine. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MailPage, MailStory } from '#node/web/all-traces.ts';
import { childrenOf } from '../fault/process-tree.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { stopEngines } from './etcd-leash.ts';
import { addDomain, cli, ScratchCluster, succeeds } from './run-cluster.ts';

const WITHIN_MS = 120_000;
const DOMAIN = 'ours.example';
let cluster: ScratchCluster;
/** Spool ids, by the name of the gateway that accepted. */
const mails = new Map<string, string>();

before(async () => {
  cluster = await ScratchCluster.voters(3);
  await addDomain(cluster.first, DOMAIN);
  for (const [i, gateway] of cluster.gateways.entries()) {
    await cluster.appears(gateway, DOMAIN);
    mails.set(`gw-${i + 1}`, await accepted(gateway, `sender-${i + 1}@partner.example`));
    await gateway.arrival(`b@${DOMAIN}`);
  }
});
after(() => cluster?.remove());

/** Repeated until the listener knows the domain and the other gateways. */
async function accepted(gateway: Gateway, from: string): Promise<string> {
  const mail = `From: ${from}\r\nSubject: hello\r\n\r\nhello\r\n`;
  let answer = '';
  const sent = async (): Promise<boolean> => {
    answer = await submit(gateway.outsidePort, { from, to: [`b@${DOMAIN}`], mail }).catch(() => '');
    return answer.startsWith('250');
  };
  await until(sent, WITHIN_MS, () => cluster.output());
  return answer.slice(answer.lastIndexOf(' ') + 1);
}

/** Waits until a search on this gateway tells it so. */
async function found(on: Gateway, holds: (page: MailPage) => boolean): Promise<MailPage> {
  let page: MailPage | null = null;
  const asked = async (): Promise<boolean> => {
    page = await on.admin.query<MailPage>('mails.list', { search: '@partner.example' });
    return holds(page);
  };
  await until(asked, WITHIN_MS, () => `${JSON.stringify(page, null, 1)}\n${cluster.output()}`);
  return page as unknown as MailPage;
}

/** `<id> <gateway>` of each row. */
const origins = ({ rows }: MailPage): string[] =>
  rows.map(({ spoolId, gateways }) =>
    [spoolId, ...gateways.map(({ name, isCopy }) => (isCopy ? `${name} copy` : name))].join(' '),
  );

describe('the traces of a cluster', () => {
  it('are found on every gateway, each named by the gateway that dealt with it', async () => {
    const all = [...mails].map(([name, id]) => `${id} ${name}`).reverse();
    for (const gateway of cluster.gateways) {
      const page = await found(gateway, ({ rows }) => rows.every(({ state }) => state === 'sent'));
      assert.deepEqual(origins(page), all);
      assert.deepEqual(page.silent, []);
    }
    const { out } = await succeeds(cli(cluster.first.settingsFile, 'trace', mails.get('gw-2')!));
    assert.match(out, /^on gw-2$/m);
  });

  it('do not wait for a gateway that is paused, and say that it gives no answer', async () => {
    const [first, second] = cluster.gateways as [Gateway, Gateway];
    const pids = childrenOf(second.process().pid as number).map(({ pid }) => pid);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      const page = await found(first, ({ silent }) => silent.length > 0);
      assert.equal(page.silent[0]?.name, 'gw-2');
      assert.ok(origins(page).includes(`${mails.get('gw-1')} gw-1`));
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    await found(first, ({ silent }) => silent.length === 0);
  });

  it('outlive their gateway: they are read from its copy, and told as such', async () => {
    const [first, second, third] = cluster.gateways as [Gateway, Gateway, Gateway];
    const { members } = await cluster.status(first);
    const node = members.find(({ name }) => name === 'gw-3')!.node;
    const spoolId = mails.get('gw-3')!;
    const copied = (): boolean =>
      [first, second].some(({ layout }) => {
        const path = join(layout.traceCopies, node, 'send.jsonl');
        return existsSync(path) && readFileSync(path, 'utf8').includes(spoolId);
      });
    await until(copied, WITHIN_MS, () => cluster.output());
    await third.stop('SIGKILL');
    await stopEngines(third.layout);
    for (const gateway of [first, second]) {
      const page = await found(gateway, ({ silent }) => silent.length > 0);
      assert.deepEqual(page.silent, [{ name: 'gw-3', hasCopy: true }]);
      assert.ok(origins(page).includes(`${spoolId} gw-3 copy`), origins(page).join('\n'));
      const { mail } = await gateway.admin.query<MailStory>('mails.get', { spoolId });
      assert.equal(mail?.state, 'sent');
    }
    const { out } = await succeeds(cli(first.settingsFile, 'trace', '--search', '@partner.example'));
    assert.match(out, /gw-3 \(copy\)/);
    assert.match(out, /gw-3 does not answer: its mails are shown from the copy/);
  });
});
