import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { dropQueueCommand } from '#node/queue/queue-command.ts';
import { queueFileOf, queueIdOf, queueIdOfFile } from '#node/queue/queue-header.ts';
import { journalPath } from '#node/queue/queue-state.ts';
import { listQueue } from '#node/queue/queue-tools.ts';
import { queueWriter } from '#node/queue/queue-writer.ts';
import { openMail } from '#node/send/open-mail.ts';
import { openQueueKey } from '#node/send/queue-key.ts';
import { newCopy, type SendFolder, sendFolder } from '../send/running-send.ts';

let folder: SendFolder;
beforeEach(() => {
  folder = sendFolder();
});
afterEach(async () => {
  await folder.writer.close();
  folder.remove();
});

async function contentOf(queueId: string): Promise<string> {
  const path = join(folder.layout.queueReady, queueFileOf(queueId));
  const mail = await openMail(path, openQueueKey(folder.layout));
  const content = mail.content();
  assert.ok(Buffer.isBuffer(content));
  return content.toString();
}

describe('a mail in the queue', () => {
  it('can be opened by the sender alone, and lies nowhere in clear', async () => {
    const queueId = await folder.queue({ raw: 'Subject: canary-7391\r\n\r\ncanary-7391\r\n' });
    assert.match(await contentOf(queueId), /canary-7391/);
    for (const name of readdirSync(folder.root, { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      assert.ok(!readFileSync(join(name.parentPath, name.name)).includes('canary-7391'), name.name);
    }
    const stranger = sendFolder();
    const path = join(folder.layout.queueReady, queueFileOf(queueId));
    await assert.rejects(openMail(path, openQueueKey(stranger.layout)));
    stranger.remove();
  });

  it('is queued once, whoever asks how often', async () => {
    const first = newCopy({ raw: 'first\r\n' }, 0);
    const again = { header: first.header, pieces: [Buffer.from('second\r\n')] };
    await folder.writer.write([first]);
    await folder.writer.write([again]);
    await Promise.all([folder.writer.write([again]), queueWriter(folder.layout).write([again])]);
    assert.deepEqual(folder.queued(), [first.header.queueId]);
    assert.equal(await contentOf(first.header.queueId), 'first\r\n');
    assert.deepEqual(readdirSync(folder.layout.queueIncoming), []);
  });

  it('is one of several copies, each with its own recipients', async () => {
    const copies = ['a', 'b', 'c'].map((name) =>
      newCopy({ raw: `${name}\r\n`, recipients: [`${name}@o.example`] }, 0),
    );
    await folder.writer.write(copies);
    assert.equal(folder.queued().length, 3);
    for (const copy of copies) assert.equal(await contentOf(copy.header.queueId), copy.pieces[0]?.toString());
  });

  it('of several megabytes comes out as it went in', async () => {
    const { header } = newCopy({}, 0);
    const pieces = Array.from({ length: 400 }, (_, i) => Buffer.alloc(9000 + i, i));
    await folder.writer.write([{ header, pieces }]);
    const path = join(folder.layout.queueReady, queueFileOf(header.queueId));
    const mail = await openMail(path, openQueueKey(folder.layout));
    const got: Buffer[] = [];
    for await (const piece of mail.content() as AsyncIterable<Buffer>) got.push(piece);
    mail.close();
    assert.ok(Buffer.concat(got).equals(Buffer.concat(pieces)));
  });

  it('that fails half-way leaves nothing behind, and the error is the caller’s', async () => {
    const { header } = newCopy({}, 0);
    function* failing(): Generator<Uint8Array> {
      yield Buffer.alloc(2_000_000);
      throw new Error('stage broke');
    }
    await assert.rejects(folder.writer.write([{ header, pieces: failing() }]), /stage broke/);
    assert.deepEqual(folder.queued(), []);
    assert.deepEqual(readdirSync(folder.layout.queueIncoming), []);
  });

  it('does not begin to leave when another copy of it fails, or it would leave again at each try', async () => {
    const good = newCopy({ raw: 'good\r\n', recipients: ['a@o.example'] }, 0);
    const { header } = newCopy({ recipients: ['b@o.example'] }, 1);
    const pieces = (function* (): Generator<Uint8Array> {
      yield Buffer.alloc(10);
      throw new Error('stage broke');
    })();
    await assert.rejects(folder.writer.write([good, { header, pieces }]), /stage broke/);
    assert.deepEqual(folder.queued(), []);
    assert.deepEqual(readdirSync(folder.layout.queueIncoming), []);
  });
});

describe('the name of a copy', () => {
  it('is the same for the same mail, group and recipients, and another otherwise', () => {
    const id = queueIdOf('gateway-1.1.x', 0, ['a@x.example', 'b@x.example']);
    assert.equal(queueIdOf('gateway-1.1.x', 0, ['a@x.example', 'b@x.example']), id);
    assert.notEqual(queueIdOf('gateway-1.1.x', 0, ['a@x.example']), id);
    assert.notEqual(queueIdOf('gateway-1.1.x', 1, ['a@x.example', 'b@x.example']), id);
    assert.equal(queueIdOfFile(queueFileOf(id)), id);
  });

  it('is never a path (threat 18)', () => {
    for (const name of ['../x.sgf', '.x.sgf', 'a/b.sgf', 'x.tmp', '.sgf', 'x\n.sgf']) {
      assert.equal(queueIdOfFile(name), null, name);
    }
    const command = { command: 'delete', queueId: '../../etc/passwd', by: 'x' } as const;
    assert.throws(() => dropQueueCommand(folder.layout, command, 0));
  });
});

describe('the listing', () => {
  it('is empty before the sender ever ran', () => {
    rmSync(folder.layout.queueReady, { recursive: true });
    assert.deepEqual(listQueue(folder.layout), { deferred: [], fresh: [] });
  });

  it('names mails not tried yet by their id, and leaves out what has left and damaged lines', async () => {
    const [one, two] = [await folder.queue(), await folder.queue()];
    const path = journalPath(folder.layout);
    rmSync(folder.layout.queueState, { recursive: true, force: true });
    assert.deepEqual([...listQueue(folder.layout).fresh].sort(), [one, two].sort());
    mkdirSync(folder.layout.queueState);
    writeFileSync(path, `{"gone":"${one}"}\nnot json\n{"queueId":"torn`);
    assert.deepEqual(listQueue(folder.layout).fresh, [two]);
  });
});
