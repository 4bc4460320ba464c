/** Deferred and held mails survive the removal of their gateway (replication.md §8, 28). Real gateways, a real engine. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { HeldRow, QueueRow } from '#node/web/queue-admin-port.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { type NextHop, nextHop } from '../node/send/next-hop.ts';
import { addDomain, cli, ScratchCluster, succeeds } from './run-cluster.ts';

const WITHIN_MS = 120_000;
const DOMAIN = 'ours.example';
const REST: RuleBook['rules'][number] = {
  name: 'rest',
  when: { always: true },
  passes: [{ actions: [{ do: 'nothing' }] }],
};
const LATER = '451 4.2.0 not now';
const DEFERRED = ['first', 'second', 'third'];

let cluster: ScratchCluster;
let stays: Gateway;
let leaves: Gateway;
let ofStays: NextHop;
let ofLeaves: NextHop;

const settingsWith = (hop: NextHop): Record<string, object> => ({
  send: {
    routes: [{ domain: DOMAIN, host: '127.0.0.1', port: hop.port, tls: 'none' }],
    retryAfterMs: [500, 3_600_000],
  },
});

before(async () => {
  [ofStays, ofLeaves] = [
    await nextHop(),
    await nextHop({ on: (line) => (line.startsWith('RCPT') ? LATER : undefined) }),
  ];
  cluster = await ScratchCluster.start({ settings: settingsWith(ofStays) });
  await cluster.init();
  stays = cluster.first;
  leaves = await cluster.join('gateway', stays, settingsWith(ofLeaves));
  await addDomain(stays, DOMAIN);
  await publish([
    { name: 'by hand', when: { recipient: 'byhand@*' }, passes: [{ actions: [{ do: 'hold' }] }] },
    REST,
  ]);
  await cluster.appears(leaves, DOMAIN);
  await cluster.whole(stays);
  await until(
    () => existsSync(leaves.layout.spoolPolicy),
    WITHIN_MS,
    () => cluster.output(),
  );
});
after(async () => {
  await cluster?.remove();
  await ofStays.close();
  await ofLeaves.close();
});

async function publish(rules: RuleBook['rules']): Promise<void> {
  const { version } = await stays.admin.query<{ version: number }>('policy.state');
  await stays.admin.change('policy.saveDraft', { book: { version: 1, commands: {}, rules }, version });
  await stays.admin.change('policy.publish', { version: version + 1, reason: 'test' });
}

/** Repeated until the listener knows the domain. */
async function accepted(subject: string, ...names: string[]): Promise<void> {
  const to = names.map((name) => `${name}@${DOMAIN}`);
  const mail = `From: a@partner.example\r\nSubject: ${subject}.\r\n\r\n${subject}\r\n`;
  const sent = (): Promise<boolean> =>
    submit(leaves.outsidePort, { from: 'a@partner.example', to, mail }).then(Boolean, () => false);
  await until(sent, WITHIN_MS, () => cluster.output());
}

const held = (on: Gateway): Promise<HeldRow[]> => on.admin.query<HeldRow[]>('queue.held');

/** `<subject> <recipient>`, in order. */
const delivered = ({ mails }: NextHop): string[] =>
  mails
    .flatMap(({ raw, to }) => {
      const subject = /^Subject: (\w+)\./m.exec(raw.toString('latin1'))?.[1] ?? '';
      return to.map((recipient) => `${subject} ${recipient.split('@')[0]}`);
    })
    .sort();

describe('a gateway that is removed while it is there', () => {
  it('first gives away what it has: deferred and held mails go on elsewhere, each once', async () => {
    for (const subject of DEFERRED) await accepted(subject, 'b');
    await accepted('waits', 'byhand');
    await accepted('both', 'b', 'byhand');
    let last = '';
    const settled = async (): Promise<boolean> => {
      const [rows, waiting] = [await leaves.admin.query<QueueRow[]>('queue.list'), await held(leaves)];
      last = JSON.stringify([rows, waiting]);
      return rows.length === 4 && waiting.length === 2;
    };
    await until(settled, WITHIN_MS, () => `${last}\n${cluster.output()}`);
    const gone = await succeeds(
      cli(stays.settingsFile, 'cluster', 'remove', 'gw-2', '--reason', 'old machine'),
    );
    assert.match(gone.error, /gw-2: 5 mails left \(0 in the line, 4 queued, 2 held\), 0 handed over/);
    assert.match(gone.error, /gw-2: 0 mails left .* 5 handed over/);
    const { members } = await cluster.status(stays);
    assert.deepEqual(
      members.map(({ name }) => name),
      ['gw-1'],
    );
    await cluster.alone(stays);
    const all = [...DEFERRED, 'both'].map((subject) => `${subject} b`).sort();
    await until(
      () => delivered(ofStays).length >= all.length,
      WITHIN_MS,
      () => `${delivered(ofStays)}\n${cluster.output()}`,
    );
    assert.deepEqual(delivered(ofStays), all);
    assert.deepEqual(ofLeaves.mails, []);
    await assert.rejects(
      submit(leaves.outsidePort, { from: 'a@b.example', to: [`b@${DOMAIN}`], mail: 'x' }),
      /421/,
    );
  });

  it('leaves its held mails to the other one, where they can be released', async () => {
    await until(
      async () => (await held(stays)).length === 2,
      WITHIN_MS,
      () => cluster.output(),
    );
    await publish([REST]);
    for (const { holdId } of await held(stays)) await stays.admin.change('queue.release', { holdId });
    const expected = ['both byhand', 'waits byhand'];
    await until(
      () => expected.every((one) => delivered(ofStays).includes(one)),
      WITHIN_MS,
      () => `${delivered(ofStays)}\n${cluster.output()}`,
    );
    assert.equal(delivered(ofStays).length, 6);
    assert.deepEqual(ofLeaves.mails, []);
  });
});
