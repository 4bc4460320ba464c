/** Who gets in, and who may do what: TLS on both ports (requirement 13), users and permissions as 3.4.23 enforces them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import type { ClientCredentials } from '#consensus/etcd/endpoint.ts';
import type { EtcdQuorum } from '#consensus/etcd/etcd-quorum.ts';
import {
  admitGateway,
  dismissGateway,
  enableAccess,
  gatewayPermissions,
} from '#consensus/etcd/gateway-access.ts';
import { QuorumError } from '#consensus/key-value-quorum.ts';
import { until } from '../../gateway/until.ts';
import { EtcdMembers, PREFIX } from './etcd-members.ts';
import { TestAuthority } from './test-authority.ts';

const value = Buffer.from('v');
const put = (quorum: EtcdQuorum, key: string) =>
  quorum.txn({ compare: [], success: [{ type: 'put', key, value }] });
const denied = { name: 'QuorumError', code: 'denied' };

describe('who gets in', () => {
  let etcd: EtcdMembers;
  before(async () => {
    etcd = await EtcdMembers.start({ count: 1 });
  });
  after(() => etcd.remove());
  const port = (url: string): number => Number(new URL(url).port);
  const clientPort = (): number => port(etcd.members[0]!.start.clientUrl);
  const peerPort = (): number => port(etcd.members[0]!.start.self.peerUrl);

  /** Resolves with what came back; TLS 1.3 tells a refused client certificate with the first read. */
  const tlsTalk = (at: number, credentials: { ca: string; certificate?: string; key?: string }) =>
    new Promise<string>((resolve, reject) => {
      const { ca, certificate: cert, key } = credentials;
      const socket = connect({ host: 'localhost', port: at, ca, cert, key }, () => {
        socket.write('GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      });
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });

  it('nobody without TLS, on either port', async () => {
    for (const at of [clientPort(), peerPort()]) {
      const answer = await new Promise<string>((resolve) => {
        let got = '';
        const socket = connectPlain(at, '127.0.0.1', () => socket.write('GET /version HTTP/1.1\r\n\r\n'));
        socket.on('data', (chunk) => {
          got += chunk;
        });
        socket.on('error', () => resolve(got));
        socket.on('close', () => resolve(got));
      });
      assert.doesNotMatch(answer, /etcdserver|200 OK/);
    }
  });

  it('no client of another authority, and the caller is told why', async () => {
    const other = new TestAuthority(etcd.folder, 'others');
    const quorum = etcd.quorum({ credentials: other.credentials('root', etcd.clients) });
    await assert.rejects(quorum.range({ key: 'a' }, { timeoutMs: 2_000 }), { code: 'unavailable' });
  });

  it('no server of another authority', async () => {
    const other = new TestAuthority(etcd.folder, 'elsewhere');
    const credentials = { ...etcd.root, ca: readFileSync(other.certificate, 'utf8') };
    const quorum = etcd.quorum({ credentials });
    const refused = (error: unknown): boolean =>
      error instanceof QuorumError && error.code === 'unavailable' && /certificate/.test(error.message);
    await assert.rejects(put(quorum, 'a'), refused);
  });

  it('no client without a certificate', async () => {
    await assert.rejects(tlsTalk(clientPort(), { ca: etcd.root.ca }));
    assert.match(await tlsTalk(clientPort(), etcd.root), /etcdserver/);
  });

  it('no client on the port of the members, no member on that of the clients', async () => {
    const peerCa = readFileSync(etcd.peers.certificate, 'utf8');
    await assert.rejects(tlsTalk(peerPort(), { ...etcd.root, ca: peerCa }));
    const peer: ClientCredentials = etcd.peers.credentials('peer', etcd.clients);
    await assert.rejects(tlsTalk(clientPort(), peer));
    assert.match(await tlsTalk(peerPort(), { ...peer, ca: peerCa }), /etcdserver/);
  });

  it('nothing over the gateway from JSON', async () => {
    const { ca, certificate: cert, key } = etcd.root;
    const asked = {
      host: 'localhost',
      port: clientPort(),
      path: '/v3/kv/range',
      method: 'POST',
      ca,
      cert,
      key,
    };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const call = request(asked, (response) => resolve(response.resume().statusCode)).on('error', reject);
      call.end('{"key":"YQ=="}');
    });
    assert.equal(status, 404);
  });

  it('a certificate that names the address, when the member is called by its address', async () => {
    const quorum = etcd.quorum();
    await put(quorum, 'by-name');
    const { EtcdQuorum } = await import('#consensus/etcd/etcd-quorum.ts');
    const byAddress = new EtcdQuorum({
      endpoints: [`127.0.0.1:${clientPort()}`],
      credentials: etcd.root,
      prefix: PREFIX,
    });
    assert.equal((await byAddress.range({ key: 'by-name' })).values.length, 1);
    byAddress.close();
  });
});

describe('who may do what', () => {
  let etcd: EtcdMembers;
  let root: EtcdQuorum;
  let one: EtcdQuorum;
  before(async () => {
    etcd = await EtcdMembers.start({ count: 1 });
    root = etcd.quorum();
    await put(root, 'floor');
    await admitGateway(etcd.administration, PREFIX, 'gw-1');
    await admitGateway(etcd.administration, PREFIX, 'gw-1'); // Again is fine.
    await enableAccess(etcd.administration);
    await enableAccess(etcd.administration);
    one = etcd.quorum({ credentials: etcd.clients.credentials('gw-1') });
    const knows = () => put(one, 'head').then(Boolean, () => false);
    await until(knows, 10_000, () => 'the gateway is not let in');
  });
  after(() => etcd.remove());

  it('a gateway is given no more than the prefix to read, and its folders and keys to write', () => {
    const written = gatewayPermissions('/p/', 'gw').filter(({ access }) => access !== 'read');
    assert.deepEqual(gatewayPermissions('/p/', 'gw')[0], { access: 'read', key: '/p/', end: '/p0' });
    assert.deepEqual(
      written.map(({ key, end }) => (end ? `${key} ${end}` : key)),
      [
        '/p/head',
        ...['events', 'blob', 'checkpoint', 'vault', 'spool', 'lock', 'token'].map(
          (f) => `/p/${f}/ /p/${f}0`,
        ),
        ...['/p/ack/gw', '/p/node/gw', '/p/alive/gw'],
      ],
    );
  });

  it('a gateway writes the log and what is its own', async () => {
    for (const key of [
      'head',
      'events/1',
      'blob/x',
      'vault/v',
      'spool/gw-2',
      'lock/crl',
      'ack/gw-1',
      'node/gw-1',
    ])
      await put(one, key);
    const lease = await one.grant(60_000);
    const alive = { type: 'put', key: 'alive/gw-1', value, lease: lease.id } as const;
    await one.txn({ compare: [{ key: 'alive/gw-1', createRevision: 0n }], success: [alive] });
    assert.ok((await one.keepAlive(lease.id)) > 0);
  });

  it('a gateway writes nothing of the others, nor what the supervisor keeps', async () => {
    for (const key of ['ack/gw-2', 'node/gw-2', 'alive/gw-2', 'floor', 'meta', 'ack/gw-11', 'else'])
      await assert.rejects(put(one, key), denied, key);
    await assert.rejects(one.txn({ compare: [], success: [{ type: 'delete', key: 'floor' }] }), denied);
  });

  it('a gateway reads and watches all of the cluster, nothing beside it', async () => {
    assert.equal((await one.range({ key: 'floor' })).values.length, 1);
    const seen = Promise.withResolvers<string>();
    const watch = one.watch({ key: 'm', end: 'n', from: 1n }, ([change]) => seen.resolve(change!.value.key));
    await put(root, 'meta');
    assert.equal(await seen.promise, 'meta');
    watch.stop();
    const beside = etcd.quorum({ credentials: etcd.clients.credentials('gw-1'), prefix: '/sealgate/other/' });
    await assert.rejects(beside.range({ key: 'head' }), denied);
    await assert.rejects(beside.watch({ key: 'head' }, () => {}).done, denied);
  });

  it('whoever is no user gets nothing, and a dismissed gateway is none', async () => {
    const stranger = etcd.quorum({ credentials: etcd.clients.credentials('stranger') });
    await assert.rejects(stranger.range({ key: 'head' }), denied);
    await dismissGateway(etcd.administration, 'gw-1');
    await dismissGateway(etcd.administration, 'gw-1'); // Again is fine.
    await assert.rejects(one.range({ key: 'head' }), denied);
    await assert.rejects(put(one, 'head'), denied);
  });
});
