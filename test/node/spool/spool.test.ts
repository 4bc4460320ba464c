/** The spool's two sides: durable before `commit` resolves, told to the reader, nothing left of what failed. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import { MEMORY_BYTES_MAX } from '#node/spool/incoming-mail.ts';
import { newSpoolId, spoolIdOfFile } from '#node/spool/spool-id.ts';
import { type SpooledFile, spoolReader } from '#node/spool/spool-reader.ts';
import { SpoolError, SpoolWriter } from '#node/spool/spool-writer.ts';
import { type SpoolFolder, spoolFolder } from '../receive/running-receive.ts';

const HEADER_BYTES = 2000;

function headerOf(spoolId: string, sizeBytes: number): SpoolHeader {
  return {
    v: 1,
    spoolId,
    envelope: { sender: null, recipients: [], body: '7BIT', smtpUtf8: false, requireTls: false, dsn: {} },
    session: {
      sessionId: 's',
      listener: 'inside',
      zone: 'inside',
      peerAddress: '127.0.0.1',
      peerPort: 1,
      localPort: 25,
      helo: 'h',
      esmtp: true,
      tls: null,
      authenticatedAs: null,
      receivedAtMs: 0,
    },
    sizeBytes,
    messageIdMade: null,
  };
}

describe('the spool', () => {
  let folder: SpoolFolder;
  let writer: SpoolWriter;
  const open = (freeBytesMin = 0): Promise<SpoolWriter> =>
    SpoolWriter.open({
      incoming: folder.layout.spoolIncoming,
      ready: folder.layout.spoolReady,
      spare: folder.layout.spoolSpare,
      publicKey: () => readFileSync(folder.layout.spoolPublicKey),
      freeBytesMin,
      onBroken: () => {},
    });
  beforeEach(async () => {
    folder = spoolFolder();
    writer = await open();
  });
  afterEach(async () => {
    await writer.close();
    folder.remove();
  });

  async function put(octets: Buffer, pieceBytes: number): Promise<string> {
    const spoolId = newSpoolId('n', 1, Date.now());
    const mail = writer.incoming(spoolId, HEADER_BYTES);
    for (let at = 0; at < octets.length; at += pieceBytes)
      await mail.push(octets.subarray(at, at + pieceBytes));
    await writer.commit(mail, headerOf(spoolId, mail.sizeBytes));
    return spoolId;
  }

  it('keeps small and large mails, many at a time', async () => {
    const sizes = [0, 1, 5000, MEMORY_BYTES_MAX, MEMORY_BYTES_MAX + 1, 3_000_000, 70_000, 1_200_000];
    const wanted = new Map<string, Buffer>();
    await Promise.all(
      sizes.map(async (size) => {
        const octets = randomBytes(size);
        wanted.set(await put(octets, 65_000), octets);
      }),
    );
    const mails = await folder.mails();
    assert.equal(mails.length, sizes.length);
    for (const { header, octets } of mails) {
      assert.ok(wanted.get(header.spoolId)?.equals(octets));
      assert.equal(header.sizeBytes, octets.length);
    }
    assert.deepEqual(readdirSync(folder.layout.spoolIncoming), []);
  });

  it('leaves nothing of a mail that is given up', async () => {
    for (const size of [100, 2_000_000]) {
      const mail = writer.incoming(newSpoolId('n', 1, 0), HEADER_BYTES);
      await mail.push(randomBytes(size));
      mail.abort();
    }
    while (readdirSync(folder.layout.spoolIncoming).length > 0) await new Promise(setImmediate);
    assert.deepEqual(readdirSync(folder.layout.spoolReady), []);
  });

  it('removes at the start what a dead run left unfinished', async () => {
    writeFileSync(join(folder.layout.spoolIncoming, 'n.1.X.tmp'), 'half');
    const again = await open();
    assert.deepEqual(readdirSync(folder.layout.spoolIncoming), []);
    await again.close();
  });

  it('says when there is too little space, for the mail that was announced too', async () => {
    assert.equal(writer.stateFor(0), 'ready');
    assert.equal(writer.stateFor(Number.MAX_SAFE_INTEGER), 'full');
    const greedy = await open(Number.MAX_SAFE_INTEGER);
    assert.equal(greedy.stateFor(0), 'full');
    await greedy.close();
  });

  it('rejects what cannot be written, and goes on when it can', async () => {
    rmSync(folder.layout.spoolIncoming, { recursive: true });
    for (const size of [10, 2_000_000]) {
      await assert.rejects(put(randomBytes(size), 65_000), (error) => {
        return error instanceof SpoolError && error.code === 'spool-fault';
      });
    }
    mkdirSync(folder.layout.spoolIncoming);
    await put(randomBytes(10), 10);
    assert.equal((await folder.mails()).length, 1);
  });

  it('tells the reader what is there, oldest first, and what comes', async () => {
    const first = [await put(randomBytes(10), 10), await put(randomBytes(10), 10)];
    writeFileSync(join(folder.layout.spoolReady, 'no-mail.txt'), '');
    const told: SpooledFile[] = [];
    let wake = (): void => {};
    const reader = spoolReader(folder.layout, (mail) => {
      told.push(mail);
      wake();
    });
    const until = async (count: number): Promise<void> => {
      while (told.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    await until(2);
    assert.deepEqual(
      told.map((mail) => mail.spoolId),
      first.sort(),
    );
    const startedMs = performance.now();
    const late = await put(randomBytes(10), 10);
    await until(3);
    assert.ok(performance.now() - startedMs < 1000, 'by the bell, not by the scan');
    const path = join(folder.layout.spoolReady, `${late}.sgf`);
    assert.deepEqual(told.at(-1), { spoolId: late, path, again: false });
    assert.deepEqual(
      told.slice(0, 2).map((mail) => mail.again),
      [true, true],
    );
    reader.stop();
  });
});

describe('the name of a spooled mail', () => {
  it('is sorted by time and unique at the same time', () => {
    const ids = [1, 2, 1_000, 1_795_462_333_700].map((ms) => newSpoolId('gateway-1', 1, ms));
    assert.deepEqual([...ids].sort(), ids);
    assert.equal(new Set(Array.from({ length: 1000 }, () => newSpoolId('n', 1, 5))).size, 1000);
  });

  it('is read from file names strictly', () => {
    const id = newSpoolId('gateway-1', 1, 0);
    assert.equal(spoolIdOfFile(`${id}.sgf`), id);
    for (const name of [
      id,
      `${id}.tmp`,
      `../${id}.sgf`,
      `${id}.sgf.sgf`,
      '.sgf',
      `${id.toLowerCase()}.sgf`,
    ]) {
      assert.equal(spoolIdOfFile(name), null, name);
    }
  });
});
