import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { createSecureContext } from 'node:tls';
import { listQueue } from '#node/queue/queue-tools.ts';
import { type HopScript, type NextHop, nextHop } from './next-hop.ts';
import { empty, type RunningSend, routeTo, runningSend, soon } from './running-send.ts';
import { type TestCa, testCa } from './test-ca.ts';

let ca: TestCa;
let send: RunningSend;
let hop: NextHop;

before(() => {
  ca = testCa();
});
after(() => ca.remove());
afterEach(async () => {
  await send.stop();
  send.remove();
  await hop.close();
});

type Level = 'none' | 'opportunistic' | 'mandatory' | 'verified';

async function sendBy(level: Level, script: HopScript): Promise<void> {
  hop = await nextHop(script);
  send = await runningSend([routeTo(hop.port, '*', level)], { tlsCaFile: ca.caFile });
}

/** The reason for which nothing was sent. */
async function deferredFor(): Promise<string> {
  await soon(() => listQueue(send.layout).deferred.length === 1, 'deferred');
  assert.equal(hop.mails.length, 0);
  return listQueue(send.layout).deferred[0]?.lastAnswer ?? '';
}

async function tlsOfDelivery(): Promise<string | null | undefined> {
  await empty(send);
  await send.stop();
  return send.trace().find((record) => record.event === 'delivered')?.tls;
}

describe('TLS levels of a route', () => {
  it('none: stays in clear even where TLS is offered', async () => {
    await sendBy('none', { tls: ca.server('IP:127.0.0.1') });
    await send.queue();
    assert.equal(await tlsOfDelivery(), null);
  });

  it('opportunistic: encrypts with whatever certificate, and goes in clear where there is no TLS', async () => {
    await sendBy('opportunistic', { tls: ca.server('DNS:other.example') });
    await send.queue();
    assert.match((await tlsOfDelivery()) ?? '', /^TLSv1\.3 TLS_/);
    await send.start();
    await send.stop();
    await hop.close();
    send.remove();
    await sendBy('opportunistic', {});
    await send.queue();
    assert.equal(await tlsOfDelivery(), null);
  });

  it('opportunistic: goes in clear where the handshake fails', async () => {
    await sendBy('opportunistic', { tls: createSecureContext({}) }); // No certificate: every handshake fails.
    await send.queue();
    assert.equal(await tlsOfDelivery(), null);
    assert.equal(hop.sessions, 2);
  });

  it('mandatory: encrypts or waits', async () => {
    await sendBy('mandatory', { tls: ca.server('DNS:other.example') });
    await send.queue();
    assert.match((await tlsOfDelivery()) ?? '', /^TLSv1/);
    await hop.close();
    send.remove();
    await sendBy('mandatory', {});
    await send.queue();
    await deferredFor();
  });

  it('mandatory: waits where STARTTLS is refused for now', async () => {
    await sendBy('mandatory', {
      ehlo: ['STARTTLS'],
      on: (line) => (line === 'STARTTLS' ? '454 4.7.0 not now' : undefined),
    });
    await send.queue();
    assert.match(await deferredFor(), /454 4\.7\.0/);
  });

  it('mandatory: does not take TLS 1.1; opportunistic does, it is better than clear text', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const tls = ca.server('IP:127.0.0.1', old);
    await sendBy('mandatory', { tls });
    await send.queue();
    assert.match(await deferredFor(), /TLS failed/);
    await send.stop();
    await hop.close();
    send.remove();
    await sendBy('opportunistic', { tls });
    await send.queue();
    assert.match((await tlsOfDelivery()) ?? '', /^TLSv1\.1 /);
  });

  it('verified: takes the right name under a known anchor only', async () => {
    await sendBy('verified', { tls: ca.server('IP:127.0.0.1') });
    await send.queue();
    assert.match((await tlsOfDelivery()) ?? '', /^TLSv1/);
    await hop.close();
    send.remove();
    await sendBy('verified', { tls: ca.server('DNS:other.example') });
    await send.queue();
    assert.match(await deferredFor(), /TLS failed/);
    await send.stop();
    await hop.close();
    send.remove();
    const stranger = testCa();
    await sendBy('verified', { tls: stranger.server('IP:127.0.0.1') });
    stranger.remove();
    await send.queue();
    assert.match(await deferredFor(), /TLS failed/);
  });

  it('REQUIRETLS raises the level to verified, and is passed on (RFC 8689)', async () => {
    await sendBy('opportunistic', { tls: ca.server('IP:127.0.0.1'), ehlo: ['8BITMIME', 'REQUIRETLS'] });
    await send.queue({ envelope: { requireTls: true } });
    assert.match((await tlsOfDelivery()) ?? '', /^TLSv1/);
    assert.ok(hop.lines.some((line) => /^MAIL FROM.* REQUIRETLS$/.test(line)));
    await hop.close();
    send.remove();
    await sendBy('opportunistic', {});
    await send.queue({ envelope: { requireTls: true } });
    await deferredFor();
  });
});

describe('what came in clear before TLS (threat 26)', () => {
  it('is dropped: an injected reply changes nothing', async () => {
    await sendBy('verified', {
      tls: ca.server('IP:127.0.0.1'),
      injected: '250-evil.example\r\n250 AUTH PLAIN\r\n550 5.0.0 go away\r\n',
    });
    await send.queue();
    assert.match((await tlsOfDelivery()) ?? '', /^TLSv1/);
    assert.equal(hop.mails.length, 1);
  });

  it('is dropped even when it is half a line', async () => {
    await sendBy('verified', { tls: ca.server('IP:127.0.0.1'), injected: '550 evil' });
    await send.queue();
    await empty(send);
    assert.equal(hop.mails.length, 1);
  });
});

describe('credentials of a route', () => {
  const authenticating: HopScript = {
    ehlo: ['AUTH PLAIN'],
    on: (line) => (line.startsWith('AUTH') ? '235 2.7.0 welcome' : undefined),
  };

  it('are given over TLS, from the file that the route names', async () => {
    hop = await nextHop({ ...authenticating, tls: ca.server('IP:127.0.0.1') });
    send = await runningSend([]);
    await send.stop();
    const passwordFile = join(send.root, 'password');
    writeFileSync(passwordFile, 'geheim\n');
    send.settings.send.routes.push({ ...routeTo(hop.port, '*', 'mandatory'), user: 'gate', passwordFile });
    await send.start();
    await send.queue();
    await empty(send);
    const auth = hop.lines.find((line) => line.startsWith('AUTH PLAIN ')) ?? '';
    assert.equal(Buffer.from(auth.slice(11), 'base64').toString(), '\0gate\0geheim');
  });

  it('are never given in clear, unless the route says `none`', async () => {
    hop = await nextHop(authenticating);
    send = await runningSend([]);
    await send.stop();
    const passwordFile = join(send.root, 'password');
    writeFileSync(passwordFile, 'geheim\n');
    send.settings.send.routes.push({
      ...routeTo(hop.port, '*', 'opportunistic'),
      user: 'gate',
      passwordFile,
    });
    await send.start();
    await send.queue();
    assert.match(await deferredFor(), /no TLS/);
    assert.ok(!hop.lines.some((line) => line.startsWith('AUTH')));
  });
});
