/**
 * Held mails (features.md P18): they go on by themselves when the key is here, each once; a file that cannot be read is
 * held and kept; kills in the middle lose nothing.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import { Sealer } from '#node/spool/sealed-file.ts';
import { newSpoolId } from '#node/spool/spool-id.ts';
import type { Alarm } from '#node/web/alarms.ts';
import type { HeldRow } from '#node/web/queue-admin-port.ts';
import { childrenOf } from '../fault/process-tree.ts';
import { type OpensslPartner, opensslPartner } from './openssl.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { submit } from './submit.ts';
import { until } from './until.ts';

const alice = 'alice@example.org';
const WAIT_MS = 60_000;
const partners: OpensslPartner[] = [];
let gateway: Gateway;

before(async () => {
  gateway = await runGateway();
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  const { version } = await gateway.admin.query<{ version: number }>('policy.state');
  const book: RuleBook = {
    version: 1,
    commands: {},
    rules: [
      { name: 'by hand', when: { recipient: 'byhand@*' }, passes: [{ actions: [{ do: 'hold' }] }] },
      {
        name: 'encrypt or wait',
        when: { direction: 'outgoing' },
        passes: [{ actions: [{ do: 'encrypt', methods: ['smime'], otherwise: 'hold', headers: 'copied' }] }],
      },
    ],
  };
  await gateway.admin.change('policy.saveDraft', { book, version });
  await gateway.admin.change('policy.publish', { version: version + 1, reason: 'test' });
});
after(async () => {
  await gateway?.remove();
  for (const partner of partners) partner.remove();
});

async function keyArrives(address: string): Promise<void> {
  const partner = opensslPartner(address);
  partners.push(partner);
  await gateway.admin.change('certificates.import', {
    fileName: 'key.pem',
    base64: partner.certificate.toString('base64'),
    password: '',
    reason: 'test',
  });
}

const held = (): Promise<HeldRow[]> => gateway.admin.query<HeldRow[]>('queue.held');

async function heldCount(count: number): Promise<HeldRow[]> {
  let rows: HeldRow[] = [];
  await until(
    async () => {
      rows = await held();
      return rows.length === count;
    },
    WAIT_MS,
    () => `${JSON.stringify(rows)}\n${gateway.output()}`,
  );
  return rows;
}

const send = (subject: string, ...to: string[]): Promise<string> =>
  submit(gateway.insidePort, {
    from: alice,
    to,
    mail: `From: ${alice}\r\nTo: ${to.join(', ')}\r\nSubject: ${subject}\r\n\r\nhello\r\n`,
  });

const arrivals = (subject: string, recipient: string): number =>
  gateway.delivered.filter(
    (m) => m.text.includes(`Subject: ${subject}\r\n`) && m.recipients.includes(recipient),
  ).length;

const arrived = (subject: string, recipient: string): Promise<void> =>
  until(
    () => arrivals(subject, recipient) > 0,
    WAIT_MS,
    () => gateway.output(),
  );

describe('a mail that waits for a key', () => {
  it('goes on by itself when the key is here, for whom it is, and for nobody else', async () => {
    const [eva, fred, byHand] = ['eva@partner.example', 'fred@partner.example', 'byhand@partner.example'];
    await send('waits', eva, fred, byHand);
    await heldCount(2);
    await keyArrives(fred);
    await arrived('waits', fred);
    const left = await heldCount(2);
    assert.deepEqual(left.map((row) => row.recipients).sort(), [[byHand], [eva]]);
    await keyArrives(eva);
    await arrived('waits', eva);
    await heldCount(1);
    assert.deepEqual([arrivals('waits', eva), arrivals('waits', fred), arrivals('waits', byHand)], [1, 1, 0]);
  });

  it('and one that waits for a person goes on when a person says so', async () => {
    const [row] = await held();
    await gateway.admin.change('queue.drop', { holdId: row?.holdId, reason: 'test' });
    await heldCount(0);
  });

  it('is neither lost nor doubled beyond its kills when protect is killed again and again', async () => {
    const people = Array.from({ length: 12 }, (_, n) => `kill-${n}@partner.example`);
    for (const address of people) await send('killed', address);
    await heldCount(people.length);
    let kills = 0;
    const kill = async (): Promise<void> => {
      const protect = childrenOf(gateway.process().pid ?? 0).find((child) => child.name === 'protect');
      if (!protect) return;
      process.kill(protect.pid, 'SIGKILL');
      kills += 1;
      await until(
        () => !existsSync(`/proc/${protect.pid}`),
        WAIT_MS,
        () => 'protect still runs',
      );
    };
    for (const [n, address] of people.entries()) {
      await keyArrives(address);
      if (n % 3 === 2) await kill();
    }
    for (const address of people) await arrived('killed', address);
    await heldCount(0);
    const doubles = people.reduce((sum, address) => sum + arrivals('killed', address) - 1, 0);
    assert.ok(kills >= 3);
    assert.ok(doubles <= kills, `${doubles} came twice after ${kills} kills`);
  });
});

describe('a spooled file that cannot be read', () => {
  const spool = (name: string, content: Buffer): void =>
    writeFileSync(join(gateway.layout.spoolReady, `${name}.sgf`), content);

  const headerOf = (spoolId: string) => ({
    v: 1,
    spoolId,
    envelope: {
      sender: alice,
      recipients: [{ address: 'gina@partner.example' }],
      body: '7BIT',
      smtpUtf8: false,
      requireTls: false,
      dsn: {},
    },
    session: { zone: 'inside', listener: 'inside', receivedAtMs: Date.now(), tls: null },
  });

  it('is held, kept as it is, and told; the others go on', async () => {
    const header = headerOf(newSpoolId('test-gateway', 1, Date.now()));
    const sealer = new Sealer(readFileSync(gateway.layout.spoolPublicKey));
    const whole = [...sealer.begin(header), ...sealer.push(Buffer.alloc(200_000, 'x')), ...sealer.end()];
    const flipped = Buffer.concat(whole);
    flipped[100_000] = (flipped[100_000] ?? 0) ^ 1;
    spool(header.spoolId, flipped);
    const other = newSpoolId('test-gateway', 1, Date.now());
    spool(other, Buffer.from('not a sealed file at all'));
    const rows = await heldCount(2);
    const known = rows.find((row) => row.spoolId === header.spoolId);
    assert.match(known?.reason ?? '', /damaged/);
    assert.deepEqual([known?.sender, known?.recipients], [alice, ['gina@partner.example']]);
    assert.deepEqual(readdirSync(gateway.layout.spoolReady), []);
    assert.deepEqual(readFileSync(join(gateway.layout.spoolHold, `${known?.holdId}.sgf`)), flipped);
    const { alarms } = await gateway.admin.query<{ alarms: Alarm[] }>('status.overview');
    assert.deepEqual(alarms.find((alarm) => alarm.code === 'mails-damaged')?.facts, { count: 2 });
    await keyArrives('gina@partner.example');
    await send('after the damage', 'gina@partner.example');
    await arrived('after the damage', 'gina@partner.example');
  });

  it('is processed when a sound copy was put in its place', async () => {
    const [row] = (await held()).filter((one) => one.recipients.length === 0);
    assert.ok(row);
    const header = headerOf(row.spoolId);
    const sealer = new Sealer(readFileSync(gateway.layout.spoolPublicKey));
    const mail = Buffer.from(
      `From: ${alice}\r\nTo: gina@partner.example\r\nSubject: restored\r\n\r\nhello\r\n`,
    );
    const sound = Buffer.concat([...sealer.begin(header), ...sealer.push(mail), ...sealer.end()]);
    writeFileSync(join(gateway.layout.spoolHold, `${row.holdId}.sgf`), sound);
    await gateway.admin.change('queue.release', { holdId: row.holdId, reason: 'restored from the copy' });
    await arrived('restored', 'gina@partner.example');
    await heldCount(1);
  });
});
