/** Requests between gateways over real TLS: who is heard, who is not, and that large bodies pass. */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { connect as connectPlain } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { type PeerClient, type PeerError, peerClient } from '#node/peer/peer-client.ts';
import { jsonAnswer, type PeerRoute, wholeBody } from '#node/peer/peer-route.ts';
import { type PeerServer, type PeerTls, peerServer } from '#node/peer/peer-server.ts';
import { type ScratchAuthority, scratchAuthority } from './scratch-authority.ts';

const SECOND = 'gw-2-00000002';
const BODY_BYTES_MAX = 1024;
const members = new Set([SECOND]);
let authority: ScratchAuthority;
let server: PeerServer;
let serverTls: PeerTls;
const former = new Map<string, string>();
const clients: PeerClient[] = [];

const echo: PeerRoute = {
  method: 'PUT',
  prefix: 'echo',
  async handle({ from, path, query, body }) {
    const sha256 = createHash('sha256');
    for await (const piece of body) sha256.update(piece as Buffer);
    return jsonAnswer({ from, path, at: query.get('at'), sha256: sha256.digest('hex') });
  },
};
const open: PeerRoute = {
  method: 'POST',
  prefix: 'join',
  open: true,
  async handle({ from, body }) {
    const got = await wholeBody(body, BODY_BYTES_MAX);
    return got ? jsonAnswer({ from, got: got.length }) : jsonAnswer({}, 413);
  },
};
const broken: PeerRoute = {
  method: 'GET',
  prefix: 'broken',
  async handle() {
    throw new Error('the secret is 42');
  },
};
const endless: PeerRoute = { method: 'GET', prefix: 'endless', handle: () => new Promise(() => {}) };

function clientOf(
  tls: PeerTls,
  node = 'gw-1-00000001',
): (options: object) => ReturnType<PeerClient['request']> {
  const client = peerClient({ tls: () => tls, addressOf: () => `127.0.0.1:${server.port}` });
  clients.push(client);
  return (options) => client.request(node, { method: 'PUT', path: '/echo', timeoutMs: 20_000, ...options });
}

before(async () => {
  authority = await scratchAuthority();
  serverTls = await authority.tlsOf('gw-1-00000001', ['127.0.0.1', '::1', 'gw.example.org']);
  server = await peerServer({
    address: '127.0.0.1',
    port: 0,
    tls: () => serverTls,
    former: () => former,
    routes: [echo, open, broken, endless],
    isMember: (node) => members.has(node),
    log: pino({ level: 'silent' }),
  });
});
after(async () => {
  for (const client of clients) client.close();
  await server.close();
});

describe('a request between gateways', () => {
  it('is heard from a member, with its path, query and body', async () => {
    const body = Buffer.from('hello');
    const answer = await clientOf(await authority.tlsOf(SECOND))({ path: '/echo/a%2Fb/c?at=7', body });
    const sha256 = createHash('sha256').update(body).digest('hex');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(answer.body.toString()), {
      from: SECOND,
      path: ['a/b', 'c'],
      at: '7',
      sha256,
    });
  });

  it('is refused from who is no member, has no certificate, or one of another authority', async () => {
    const stranger = await authority.tlsOf('gw-9-00000009');
    assert.equal((await clientOf(stranger)({})).status, 401);
    const foreign = await (await scratchAuthority()).tlsOf(SECOND);
    assert.equal((await clientOf({ ...foreign, ca: authority.pem })({})).status, 401);
    const none = { cert: undefined, key: undefined, ca: authority.pem } as unknown as PeerTls;
    assert.equal((await clientOf(none)({})).status, 401);
  });

  it('is refused to a member from the moment that it is removed', async () => {
    const ask = clientOf(await authority.tlsOf(SECOND));
    assert.equal((await ask({})).status, 200);
    members.delete(SECOND);
    assert.equal((await ask({})).status, 401);
    members.add(SECOND);
  });

  it('reaches nothing without a certificate but the route for joiners, and that with a short body', async () => {
    const none = { cert: undefined, key: undefined, ca: authority.pem } as unknown as PeerTls;
    const ask = clientOf(none);
    const joined = await ask({ method: 'POST', path: '/join', body: Buffer.from('abc') });
    assert.deepEqual(JSON.parse(joined.body.toString()), { from: '', got: 3 });
    const long = await ask({ method: 'POST', path: '/join', body: Buffer.alloc(BODY_BYTES_MAX + 1) });
    assert.equal(long.status, 413);
  });

  it('goes to the gateway that was meant, or to none', async () => {
    const tls = await authority.tlsOf(SECOND);
    await assert.rejects(
      clientOf(tls, 'gw-3-00000003')({}),
      (error: PeerError) => error.code === 'unreachable',
    );
    const foreign = { ...tls, ca: (await scratchAuthority()).pem };
    await assert.rejects(clientOf(foreign)({}), (error: PeerError) => error.code === 'unreachable');
  });

  it('ends in time, and tells nothing of a fault', async () => {
    const ask = clientOf(await authority.tlsOf(SECOND));
    const fault = await ask({ method: 'GET', path: '/broken' });
    assert.deepEqual([fault.status, fault.body.toString()], [500, '']);
    assert.equal((await ask({ method: 'GET', path: '/nowhere' })).status, 404);
    await assert.rejects(
      ask({ method: 'GET', path: '/endless', timeoutMs: 100 }),
      (error: PeerError) => error.code === 'timeout',
    );
    assert.equal((await ask({})).status, 200);
  });

  it('carries eight large bodies at once (replication.md §8, 29)', async () => {
    const ask = clientOf(await authority.tlsOf(SECOND));
    const piece = Buffer.alloc(1024 * 1024, 7);
    const pieces = 20;
    const wanted = createHash('sha256');
    for (let i = 0; i < pieces; i++) wanted.update(piece);
    const sha256 = wanted.digest('hex');
    const stream = (): Readable =>
      Readable.from(
        (function* () {
          for (let i = 0; i < pieces; i++) yield piece;
        })(),
        { objectMode: false },
      );
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask({ body: stream() })));
    for (const answer of answers) assert.equal(JSON.parse(answer.body.toString()).sha256, sha256);
  });

  it('is not answered in the clear', async () => {
    const socket = connectPlain(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const got: Buffer[] = [];
    socket.on('data', (piece) => got.push(piece));
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    assert.doesNotMatch(Buffer.concat(got).toString('latin1'), /HTTP/);
  });
});

describe('the certificate of a gateway', () => {
  it('names the node by a URI, and hosts by name and address, but has no common name', () => {
    const certificate = new X509Certificate(serverTls.cert);
    assert.doesNotMatch(certificate.subject, /CN=/);
    assert.equal(certificate.checkHost('gw.example.org'), 'gw.example.org');
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(certificate.checkIP('::1'), '::1');
    assert.match(certificate.subjectAltName ?? '', /URI:urn:sealgate:node:gw-1-00000001/);
  });
});
