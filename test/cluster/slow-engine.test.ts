/** An engine that answers too slowly is told as one that does not answer; mail goes on, and changes when it is quick again. */

import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, it } from 'node:test';
import { OperatorsEtcd } from '../consensus/etcd/operators-etcd.ts';
import { freePort } from '../free-port.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { addDomain, ScratchCluster } from './run-cluster.ts';

const PREFIX = '/sealgate/slow/';
const SLOW_MS = 8_000; // Each way: longer than any single answer is waited for.
const TO = 'someone@known.example';
const KNOWN_MS = 60_000;
let etcd: OperatorsEtcd;
let proxy: DelayingProxy;
let cluster: ScratchCluster;

/** Octets go on in order, as late as asked when they come. */
class DelayingProxy {
  delayMs = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(to: number, port: number) {
    this.#server = createServer((near) => {
      const far = connect(to, '127.0.0.1');
      for (const [from, on] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (octets) => setTimeout(() => on.write(octets), this.delayMs));
        from.on('close', () => on.destroy());
        from.on('error', () => on.destroy());
      }
    });
    this.#server.listen(port, '127.0.0.1');
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

before(async () => {
  etcd = await OperatorsEtcd.start();
  const port = await freePort();
  proxy = new DelayingProxy(Number(etcd.members.addresses[0]!.split(':')[1]), port);
  const settings = etcd.settings(await etcd.user('sealgate', PREFIX), PREFIX);
  const external = { ...settings, endpoints: [`localhost:${port}`] };
  cluster = await ScratchCluster.start({ settings: { cluster: { external } } });
  await cluster.init();
  await addDomain(cluster.first, 'known.example');
});
after(async () => {
  await cluster?.remove();
  proxy?.close();
  await etcd?.remove();
});

async function send(words: string): Promise<void> {
  const mail = `From: a@b.example\r\nTo: ${TO}\r\nSubject: test\r\n\r\n${words}\r\n`;
  await submit(cluster.first.outsidePort, { from: 'a@b.example', to: [TO], mail });
  await cluster.first.arrival(TO, ({ text }) => text.includes(words));
}

it('says so, refuses changes, passes mail, and goes on when it is quick again', async () => {
  const { first } = cluster;
  const isKnown = (): Promise<boolean> =>
    send('before').then(
      () => true,
      () => false,
    );
  await until(isKnown, KNOWN_MS, () => cluster.output());
  proxy.delayMs = SLOW_MS;
  const { condition, reason } = await cluster.settled(first, ({ writable }) => !writable);
  assert.equal(condition, 'no-majority');
  assert.match(reason, /^no quorum: /);
  await send('while it is slow');
  await assert.rejects(addDomain(first, 'while-slow.example'));
  proxy.delayMs = 0;
  await cluster.settled(first, ({ writable }) => writable);
  await addDomain(first, 'quick-again.example');
  await cluster.appears(first, 'quick-again.example');
  const domains = await first.admin.query<{ domain: string }[]>('people.domains');
  const late = domains.filter(({ domain }) => domain === 'while-slow.example').length;
  assert.ok(late <= 1, 'what was refused without a clear answer stands once at most');
});
