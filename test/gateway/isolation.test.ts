/**
 * Process isolation (architecture.md) on the data folder of a running gateway: whoever takes over `receive` or `send`
 * reads no key, no token, no ledger, no trace of others, whatever files there really are.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadSettings } from '#node/config/load-settings.ts';
import { encodeFrame } from '#node/ipc/frame.ts';
import { processLog } from '#node/log.ts';
import { nodeOptionsOf } from '#node/supervisor.ts';
import { bob, type ThreatStage, threatStage } from './threat-stage.ts';

let stage: ThreatStage;
before(async () => {
  stage = await threatStage();
  await stage.incoming({ id: 'isolation', entity: 'Content-Type: text/plain\r\n\r\nhello\r\n' });
});
after(() => stage?.remove());

/** What each may read below the data folder, and why. */
const MAY_READ = {
  receive:
    /^(spool\/(spool\.pub|receive-policy\.json)$|spool\/(incoming|ready|spare)(\/|$)|trace\/receive\.|receive\/)/,
  send: /^(send\/queue\.|send$|queue\/|trace\/send\.)/,
} as const;

for (const name of ['receive', 'send'] as const) {
  describe(`a program in the place of ${name}`, () => {
    it('reads and writes none of the files that are not its own', () => {
      const { gateway } = stage;
      const { root } = gateway.layout;
      const all = readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
      const foreign = all.filter((path) => !MAY_READ[name].test(path));
      for (const kind of [/^keys\//, /\.token$/, /^ledger\//]) {
        assert.ok(
          foreign.some((path) => kind.test(path)),
          `no file of ${kind}: ${all.join(' ')}`,
        );
      }
      const script = join(gateway.folder, `attempt-${name}.mjs`);
      writeFileSync(
        script,
        `import fs from 'node:fs';
        const done = [];
        for (const path of ${JSON.stringify(foreign.map((path) => join(root, path)))}) {
          for (const [what, act] of [['read', () => fs.readFileSync(path)], ['write', () => fs.appendFileSync(path, '')], ['link', () => fs.linkSync(path, path + '.link')], ['rename', () => fs.renameSync(path, path + '.moved')]]) {
            try { act(); done.push(what + ' ' + path); } catch (error) { if (error.code !== 'ERR_ACCESS_DENIED' && error.code !== 'ENOENT') done.push(what + ' ' + path + ' ' + error.code); }
          }
        }
        for (const path of ['/etc/shadow', '/proc/self/environ', ${JSON.stringify(root)}]) {
          try { fs.readdirSync(path); done.push('list ' + path); } catch {}
          try { fs.readFileSync(path); done.push('read ' + path); } catch {}
        }
        console.log(JSON.stringify(done));`,
      );
      const settings = loadSettings(join(gateway.folder, 'sealgate.yaml'), undefined);
      const context = { settings, layout: gateway.layout, log: processLog('test') };
      const options = [...nodeOptionsOf(name, context), `--allow-fs-read=${script}`];
      const run = spawnSync(process.execPath, [...options, script], { encoding: 'utf8' });
      assert.equal(run.stdout.trim(), '[]', run.stderr);
    });

    it('gets nothing out of a socket without its token', () => {
      const { gateway } = stage;
      const script = join(gateway.folder, `socket-${name}.mjs`);
      const sockets = [gateway.layout.keysSocket, gateway.layout.ledgerSocket];
      const call = { id: 1, method: 'openSealedKey', params: { box: new Uint8Array(8) } };
      const frames = [{ token: 'A'.repeat(43) }, call].map(encodeFrame);
      const forged = [Buffer.concat(frames), encodeFrame(call), Buffer.from('GET / HTTP/1.1\r\n\r\n')];
      writeFileSync(
        script,
        `import { connect } from 'node:net';
        const answers = [];
        for (const path of ${JSON.stringify(sockets)}) {
          for (const frame of ${JSON.stringify(forged.map((frame) => frame.toString('base64')))}) {
            answers.push(await new Promise((resolve) => {
              let text = '';
              const socket = connect(path);
              socket.on('data', (d) => { text += d.toString('latin1'); });
              socket.on('error', () => {});
              socket.on('close', () => resolve(text));
              setTimeout(() => { text += 'left open'; socket.destroy(); }, 10_000).unref();
              socket.write(Buffer.from(frame, 'base64'));
            }));
          }
        }
        console.log(JSON.stringify(answers));`,
      );
      const settings = loadSettings(join(gateway.folder, 'sealgate.yaml'), undefined);
      const context = { settings, layout: gateway.layout, log: processLog('test') };
      const options = [...nodeOptionsOf(name, context), `--allow-fs-read=${script}`];
      const run = spawnSync(process.execPath, [...options, script], { encoding: 'utf8' });
      assert.deepEqual(JSON.parse(run.stdout), ['', '', '', '', '', ''], run.stderr);
    });
  });
}

it('and the gateway goes on', async () => {
  await stage.incoming({
    id: 'isolation-after',
    from: bob,
    entity: 'Content-Type: text/plain\r\n\r\nhello\r\n',
  });
  assert.doesNotMatch(stage.gateway.output(), /process ended/);
});
