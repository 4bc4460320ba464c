import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ipcClient } from '#node/ipc/client.ts';
import { type IpcServer, ipcServer, tokenFileOf } from '#node/ipc/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'sealgate-ipc-'));
const path = join(folder, 'x.sock');
let server: IpcServer;
const faults: string[] = [];

before(async () => {
  server = await ipcServer(path, {
    calls: {
      echo: (params: unknown) => params,
      refuse: () => {
        throw Object.assign(new Error('not today'), { code: 'no-such-key' });
      },
      crash: () => {
        throw new Error('the secret is 42');
      },
    },
    streams: {
      async count(params: { to: number }, push) {
        for (let n = 1; n <= params.to; n++) await push(n);
      },
    },
    onFault: (error) => faults.push((error as Error).message),
  });
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('processes of one gateway', () => {
  it('exchange octets and big numbers as they are', async () => {
    const client = ipcClient(path, tokenFileOf(path));
    const value = {
      bytes: new Uint8Array([1, 2, 255]),
      big: 12345678901234567890n,
      list: [new Uint8Array(0)],
      text: 'ü',
    };
    const answer = await client.call<typeof value>('echo', value);
    assert.deepEqual([...answer.bytes], [1, 2, 255]);
    assert.equal(answer.big, value.big);
    assert.equal(answer.list[0]?.length, 0);
    assert.equal(answer.text, 'ü');
    client.close();
  });

  it('are refused by code; the text of an unexpected error stays inside', async () => {
    const client = ipcClient(path, tokenFileOf(path));
    await assert.rejects(client.call('refuse', {}), { code: 'no-such-key', message: 'not today' });
    await assert.rejects(client.call('crash', {}), (error: Error & { code: string }) => {
      return error.code === 'internal' && !error.message.includes('42');
    });
    await assert.rejects(client.call('toString', {}), { code: 'no-such-method' });
    assert.deepEqual(faults, ['the secret is 42']);
    client.close();
  });

  it('stream in order, one item at a time', async () => {
    const client = ipcClient(path, tokenFileOf(path));
    const got: number[] = [];
    let inside = 0;
    const stream = client.stream<number>('count', { to: 50 }, async (n) => {
      inside += 1;
      assert.equal(inside, 1);
      await new Promise((resolve) => setImmediate(resolve));
      got.push(n);
      inside -= 1;
    });
    await stream.done;
    assert.deepEqual(
      got,
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    client.close();
  });

  it('cannot make the other one hold anything before they show the token', async () => {
    const socket = connect(path);
    await once(socket, 'connect');
    const head = Buffer.alloc(4);
    head.writeUInt32BE(1_000_000);
    socket.write(head);
    await once(socket, 'close');
    assert.ok(faults.some((fault) => fault.includes('1000000 octets')));
  });

  it('have no way in without the token', async () => {
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'x'.repeat(43));
    const client = ipcClient(path, wrong);
    await assert.rejects(client.call('echo', 1), { code: 'disconnected' });
    const none = ipcClient(path, join(folder, 'absent'));
    await assert.rejects(none.call('echo', 1), { code: 'disconnected' });
  });
});
