import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { allowedRanges, mayConnect } from '#node/fetch/address-guard.ts';
import { guardedGet } from '#node/fetch/guarded-request.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const loopback = allowedRanges(['127.0.0.0/8']);
const limits = { timeoutMs: 5000, bytesMax: 1000 };

describe('addresses that strangers chose (threat 27)', () => {
  it('are never inside', () => {
    const inside = [
      '127.0.0.1',
      '10.1.2.3',
      '172.20.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '0.0.0.0',
      '100.64.0.1',
    ];
    const insideV6 = [
      '::1',
      '::ffff:10.0.0.1',
      'fe80::1',
      'fd00::1',
      '2002:a00:1::',
      'ff02::1',
      '64:ff9b::a00:1',
    ];
    for (const address of [...inside, ...insideV6, 'localhost'])
      assert.equal(mayConnect(address, null), false, address);
    assert.ok(mayConnect('192.0.66.1', null));
    assert.ok(mayConnect('2606:4700::1111', null));
    assert.ok(mayConnect('10.1.2.3', allowedRanges(['10.1.0.0/16'])));
  });

  it('are refused by name and by number, without a connection', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.end('secret');
    });
    assert.equal((await guardedGet({ url, ...limits }, null)).kind, 'refused');
    assert.equal(
      (await guardedGet({ url: url.replace('127.0.0.1', 'localhost'), ...limits }, null)).kind,
      'refused',
    );
    assert.equal((await guardedGet({ url: 'file:///etc/passwd', ...limits }, null)).kind, 'refused');
    assert.equal(asked, 0);
  });

  it('are not reached by a redirect either', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(302, { location: 'http://10.0.0.1/crl' }).end();
    });
    const end = await guardedGet({ url, ...limits }, loopback);
    assert.deepEqual(end, { kind: 'refused', detail: 'address 10.0.0.1' });
  });
});

describe('a guarded GET', () => {
  it('brings the body', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('content-type', 'application/pkix-crl');
      response.end('crl');
    });
    const end = await guardedGet({ url, ...limits }, loopback);
    assert.ok(end.kind === 'ok');
    assert.equal(Buffer.from(end.bytes).toString(), 'crl');
    assert.equal(end.mediaType, 'application/pkix-crl');
  });

  it('stops at its size, and in its time', async () => {
    const large = await serve((_request, response) => response.end('x'.repeat(1001)));
    assert.equal((await guardedGet({ url: large, ...limits }, loopback)).kind, 'too-large');
    const silent = await serve(() => {});
    assert.equal((await guardedGet({ url: silent, timeoutMs: 100, bytesMax: 10 }, loopback)).kind, 'timeout');
  });

  it('tells a failed answer from none', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end());
    assert.deepEqual(await guardedGet({ url, ...limits }, loopback), {
      kind: 'failed',
      detail: 'status 404',
    });
    servers.at(-1)?.close();
    await new Promise((resolve) => servers.at(-1)?.once('close', resolve));
    assert.equal((await guardedGet({ url, ...limits }, loopback)).kind, 'failed');
  });
});
