/** Process isolation (architecture.md): whoever takes over `receive` has no way to a key, a token, the log or the queue. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { childReceive, endAllChildren, receiveArguments } from './child-receive.ts';
import { type SpoolFolder, spoolFolder } from './running-receive.ts';
import { SmtpTalk } from './smtp-talk.ts';

after(endAllChildren);

describe('what receive may touch', () => {
  let folder: SpoolFolder;
  before(() => {
    folder = spoolFolder();
  });
  after(() => folder.remove());

  it('is enough for its work', async () => {
    const receive = await childReceive(folder);
    const talk = await SmtpTalk.greeted(receive.port);
    for (const size of [100, 2_000_000]) {
      await talk.envelope();
      talk.raw(`Subject: x\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(size / 100)}.\r\n`);
      await talk.expect(250);
    }
    assert.equal((await folder.mails()).length, 2);
    await receive.end('SIGTERM');
    await talk.expect('421 4.3.2');
    assert.deepEqual(
      receive.log.filter((line) => !line.includes('"level":30')),
      [],
    );
  });

  it('is nothing else', () => {
    const { layout, root } = folder;
    const secrets = [
      join(layout.keys, 'node.key'),
      `${layout.keysSocket}.token`,
      `${layout.ledgerSocket}.token`,
      `${layout.fetchSocket}.token`,
      join(layout.ledger, 'CURRENT'),
      join(layout.send, 'queue.key'),
      join(layout.queueReady, 'a.sgf'),
      join(layout.spoolHold, 'a.sgf'),
      join(layout.web, 'session'),
      join(layout.trace, 'protect.jsonl'),
      join(root, 'other'),
      '/etc/passwd',
      '/proc/self/environ',
    ];
    for (const path of secrets.filter((path) => path.startsWith(root))) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'secret');
    }
    const attempts = `
      import fs from 'node:fs';
      import { join } from 'node:path';
      import { connect } from 'node:net';
      import { spawnSync } from 'node:child_process';
      import { Worker } from 'node:worker_threads';
      const done = [];
      const attempt = (name, act) => {
        try { act(); done.push(name); } catch (error) {
          if (error.code !== 'ERR_ACCESS_DENIED' && error.code !== 'ERR_DLOPEN_DISABLED') done.push(name + ' ' + error.code);
        }
      };
      const ready = ${JSON.stringify(layout.spoolReady)};
      for (const path of ${JSON.stringify(secrets)}) {
        attempt('read ' + path, () => fs.readFileSync(path));
        attempt('write ' + path, () => fs.appendFileSync(path, 'x'));
        attempt('link ' + path, () => fs.linkSync(path, join(ready, 'link')));
        attempt('symlink ' + path, () => fs.symlinkSync(path, join(ready, 'symlink')));
        attempt('rename ' + path, () => fs.renameSync(path, join(ready, 'stolen')));
        attempt('up ' + path, () => fs.readFileSync(join(ready, '..', '..', path.slice(${root.length + 1}))));
      }
      attempt('list', () => fs.readdirSync(${JSON.stringify(root)}));
      attempt('policy', () => fs.writeFileSync(${JSON.stringify(layout.receivePolicy)}, '{}'));
      attempt('public key', () => fs.writeFileSync(${JSON.stringify(layout.spoolPublicKey)}, ''));
      attempt('program', () => spawnSync('/bin/true'));
      attempt('thread', () => new Worker('1', { eval: true }));
      attempt('add-on', () => process.dlopen({ exports: {} }, '/tmp/x.node'));
      fs.writeFileSync(join(ready, 'allowed'), '');
      console.log(JSON.stringify(done));
    `;
    const script = join(folder.root, 'attempts.mjs');
    writeFileSync(script, attempts);
    const all = receiveArguments(folder, 1);
    const permissions = all.slice(
      0,
      all.findIndex((argument) => argument.endsWith('main.ts')),
    );
    const run = spawnSync(process.execPath, [...permissions, `--allow-fs-read=${script}`, script], {
      encoding: 'utf8',
    });
    assert.equal(run.stdout.trim(), '[]', run.stderr);
  });
});
