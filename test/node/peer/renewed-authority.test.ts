/** The CA of gateways is another one: who is heard while both are trusted, and who when the old one is retired. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import pino from 'pino';
import { type PeerClient, type PeerError, peerClient } from '#node/peer/peer-client.ts';
import { jsonAnswer, type PeerRoute } from '#node/peer/peer-route.ts';
import { type PeerServer, type PeerTls, peerServer } from '#node/peer/peer-server.ts';
import { nameOfAuthority } from '#node/peer/trusted-authorities.ts';
import { type ScratchAuthority, scratchAuthority } from './scratch-authority.ts';

const FIRST = 'gw-1-00000001';
const SECOND = 'gw-2-00000002';
const former = new Map<string, string>();
let old: ScratchAuthority;
let next: ScratchAuthority;
/** Certificates of the first, whose server it is, and of the second, by both CAs. */
let firsts: { old: PeerTls; next: PeerTls };
let seconds: { old: PeerTls; next: PeerTls };
let serverTls: PeerTls;
let server: PeerServer;
const clients: PeerClient[] = [];

const whoAmI: PeerRoute = { method: 'GET', prefix: 'me', handle: async ({ from }) => jsonAnswer({ from }) };
const open: PeerRoute = { method: 'GET', prefix: 'open', open: true, handle: async () => jsonAnswer({}) };

function clientWith(tls: () => PeerTls): PeerClient {
  const client = peerClient({ tls, addressOf: () => `127.0.0.1:${server.port}` });
  clients.push(client);
  return client;
}

const asked = async (client: PeerClient, path = '/me'): Promise<number> =>
  (await client.request(FIRST, { method: 'GET', path, timeoutMs: 20_000 })).status;

const both = (tls: PeerTls): PeerTls => ({ ...tls, ca: old.pem + next.pem });

before(async () => {
  [old, next] = [await scratchAuthority(), await scratchAuthority()];
  const shown = await old.tlsOf(FIRST, ['127.0.0.1']);
  firsts = { old: shown, next: await next.tlsOf(FIRST, ['127.0.0.1'], shown.key) }; // A gateway keeps its key.
  seconds = { old: await old.tlsOf(SECOND), next: await next.tlsOf(SECOND) };
  serverTls = firsts.old;
  server = await peerServer({
    ...{ address: '127.0.0.1', port: 0, routes: [whoAmI, open], log: pino({ level: 'silent' }) },
    tls: () => serverTls,
    former: () => former,
    isMember: (node) => node === SECOND,
  });
});
after(async () => {
  for (const client of clients) client.close();
  await server.close();
});

describe('a gateway whose CA is renewed', () => {
  it('hears certificates of both while it trusts both, whichever it shows', async () => {
    const early = clientWith(() => seconds.next);
    await assert.rejects(asked(early), (error: PeerError) => error.code === 'unreachable');
    for (const shown of [firsts.old, firsts.next]) {
      serverTls = both(shown);
      for (const own of [seconds.old, seconds.next])
        assert.equal(await asked(clientWith(() => both(own))), 200);
    }
  });

  it('ends connections of the old one when that is retired, and hears its certificates no more', async () => {
    serverTls = both(firsts.next);
    let tls = both(seconds.old);
    const client = clientWith(() => tls);
    assert.equal(await asked(client), 200);
    serverTls = firsts.next;
    server.endDistrusted();
    // What was asked on the connection that ends may have failed with it; the next one is refused.
    await asked(client).catch(() => {});
    assert.equal(await asked(client), 401);
    tls = seconds.next;
    client.redial();
    assert.equal(await asked(client), 200);
    server.endDistrusted();
    assert.equal(await asked(client), 200);
  });

  it('takes up no session that was let in by the old one', async () => {
    serverTls = both(firsts.next);
    const dial = (session?: Buffer) => {
      const { cert, key } = seconds.old;
      const as = {
        cert,
        key,
        rejectUnauthorized: false,
        ALPNProtocols: ['h2'],
        ...(session ? { session } : {}),
      };
      return connect({ host: '127.0.0.1', port: server.port, ...as });
    };
    const first = dial();
    const [session] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    const isTakenUp = async (): Promise<boolean> => {
      const again = dial(session);
      await once(again, 'secureConnect');
      const reused = again.isSessionReused();
      again.destroy();
      return reused;
    };
    assert.equal(await isTakenUp(), true);
    serverTls = firsts.next;
    assert.equal(await isTakenUp(), false);
  });

  it('is known to who trusts the old one alone, by what it was certified, and lets nobody in by that', async () => {
    serverTls = firsts.next;
    const away = () => clientWith(() => seconds.old);
    await assert.rejects(asked(away(), '/open'), (error: PeerError) => error.code === 'unreachable');
    const name = nameOfAuthority(new X509Certificate(old.pem));
    former.set(name, firsts.old.cert + old.pem);
    assert.equal(await asked(away(), '/open'), 200);
    assert.equal(await asked(away()), 401);
    assert.equal(await asked(clientWith(() => seconds.next)), 200);
  });
});
