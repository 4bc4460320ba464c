/**
 * The receiving process: listens for mail servers, seals what they send, answers 250 when it is on stable storage.
 *
 * It holds no key and has no way to the other processes but the files it writes, and in a cluster one socket on which it
 * can ask for a second copy of them.
 */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '#node/log.ts';
import type { StartProcess } from '#node/process.ts';
import { secondCopy } from '#node/shadow/second-copy.ts';
import { spoolPublicKey } from '#node/spool/spool-public-key.ts';
import { SpoolWriter } from '#node/spool/spool-writer.ts';
import { followCertificate, type ServerCertificate } from '#node/tls/certificate-folder.ts';
import { openJournal } from '#node/trace/journal.ts';
import type { ReceiveContext } from './context.ts';
import { ownDomainsFrom } from './own-domains.ts';
import { makesOwnKey } from './permissions.ts';
import { PeerCounts, ReceiveServer } from './server.ts';

const STOP_WAIT_MS = 10_000; // For messages under way; half of what the supervisor gives.
const STOP_LINGER_MS = 500; // For the last answers to leave.
const STOP_CHECK_MS = 20;

export const start: StartProcess = async ({ settings, layout, log }) => {
  const publicKey = await spoolPublicKey(layout.spoolPublicKey);
  for (const folder of [layout.spoolIncoming, layout.spoolReady, layout.spoolSpare]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const tellState = stateTeller(layout.trace, log);
  const spool = await SpoolWriter.open({
    incoming: layout.spoolIncoming,
    ready: layout.spoolReady,
    spare: layout.spoolSpare,
    publicKey,
    freeBytesMin: settings.receive.freeBytesMin,
    onBroken: (error) => {
      log.fatal({ error: error.message }, 'spool sync failed: no mail is accepted any more');
      tellState('broken');
    },
  });
  const journal = openJournal(layout.trace, 'receive', {
    onError: (error) => log.error({ error: error.message }, 'trace not written'),
  });
  let stopping = false;
  const ownDomains = ownDomainsFrom(layout.receivePolicy, log);
  const copies = secondCopy(layout, settings.node, log);
  const context: ReceiveContext = {
    settings,
    spool,
    secondCopy: copies,
    journal,
    log,
    ownDomains,
    isStopping: () => stopping,
  };
  const { tlsCertificate, tlsKey, listeners } = settings.receive;
  const certificate = certificateOf(tlsCertificate, tlsKey);
  const peers = new PeerCounts();
  const servers = listeners.map((listener) => new ReceiveServer(listener, certificate, context, peers));
  for (const [i, server] of servers.entries()) {
    const { name, address, port } = listeners[i]!;
    server.listen(port, address);
    await once(server.server, 'listening');
    log.info({ listener: name, address: server.server.address() }, 'listening');
  }
  const forget = makesOwnKey(settings)
    ? followCertificate(layout.receiveTls, log, (own) => {
        for (const server of servers) server.useCertificate(own);
        log.info({}, 'STARTTLS with a certificate of the own authority');
      })
    : () => {};
  tellState('ready');

  async function stop(): Promise<void> {
    stopping = true;
    forget();
    if (spool.stateFor(0) !== 'broken') tellState('stopped');
    for (const server of servers) server.server.close();
    const sessions = servers.flatMap((server) => [...server.sessions()]);
    for (const session of sessions) if (!session.receivesMessage) session.refuseFurther();
    await until(STOP_WAIT_MS, () => !sessions.some((session) => session.receivesMessage));
    await until(STOP_LINGER_MS, () => sessions.every((session) => session._socket.destroyed));
    for (const session of sessions) session._socket.destroy();
    journal.close();
    await spool.close();
    copies.close();
  }
  return { stop };
};

/** For the health page: `receive.state.json` beside the trace. Under the permission model the folder is there. */
function stateTeller(folder: string, log: Log): (state: 'ready' | 'broken' | 'stopped') => void {
  const path = join(folder, 'receive.state.json');
  if (!process.permission) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return (state) => {
    try {
      writeFileSync(path, JSON.stringify({ v: 1, state, atMs: Date.now() }));
    } catch (error) {
      log.error({ error: (error as Error).message }, 'state not written');
    }
  };
}

async function until(waitMs: number, holds: () => boolean): Promise<void> {
  const untilMs = performance.now() + waitMs;
  while (performance.now() < untilMs && !holds()) await wait(STOP_CHECK_MS);
}

function certificateOf(certificate: string | undefined, key: string | undefined): ServerCertificate | null {
  if (!certificate || !key) return null;
  return { cert: readFileSync(resolve(certificate)), key: readFileSync(resolve(key)) };
}
