/**
 * What waits for a PDF password, with a clock moved by hand: reminders, the end of an invitation, the messenger, a log
 * that is back (features.md D4; docs/pdfmail.md).
 */
import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pino from 'pino';
import { LogError, type LogStatus } from '#consensus/event-log.ts';
import type { PdfPolicy } from '#domain/pdf/pdf-policy.ts';
import { DEFAULT_PDF_POLICY, PDF_POLICY_STREAM, pdfPolicyDecider } from '#domain/pdf/pdf-policy.ts';
import { NO_PDF_COMMANDS } from '#domain/pdf/subject-commands.ts';
import { allowedRanges } from '#node/fetch/address-guard.ts';
import { guardedPost } from '#node/fetch/guarded-request.ts';
import { pdfKeysClient } from '#node/keys/pdf-client.ts';
import { execute } from '#node/ledger/execute.ts';
import { type Outbox, openOutbox } from '#node/protect/outbox.ts';
import { pdfMailings } from '#node/protect/pdf-mailings.ts';
import { type PdfPasswordPorts, pdfPasswords } from '#node/protect/pdf-passwords.ts';
import type { PdfPasswordQuestion } from '#node/protect/pdf-question.ts';
import type { QueueHeader } from '#node/queue/queue-header.ts';
import { boxPrivateKey, newBoxKey, openWithPrivateKey, rawPublicKey } from '#node/spool/sealed-box.ts';
import { openSealedFile } from '#node/spool/sealed-file.ts';
import { ReadModels } from '#projections/read-models.ts';
import { until } from '../../gateway/until.ts';
import { AT, meta, type ScratchGateway, scratchGateway } from '../ca/scratch-gateway.ts';

const DAY = 86_400_000;
const alice = 'alice@example.org';

let gateway: ScratchGateway;
let pdfKeys: ReturnType<typeof pdfKeysClient>;
let queueKey: KeyObject;
const models = new ReadModels();
let nowMs = AT;
let cutOff = false;
let fed = 0n;
let outbox: Outbox;
let facts = 0;
let ports: PdfPasswordPorts & { layout: ScratchGateway['layout']; hostname: string };

/** The messenger: keeps what it gets, answers as it is told. */
let messenger: Server;
let messengerUrl = '';
let messengerStatus = 200;
const orders: { headers: IncomingHttpHeaders; body: Buffer }[] = [];

async function feed(): Promise<void> {
  const all = await gateway.events();
  for (const event of all.slice(Number(fed))) {
    models.apply(event);
    fed = event.position;
  }
}

before(async () => {
  gateway = await scratchGateway();
  pdfKeys = pdfKeysClient(gateway.layout);
  messenger = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      orders.push({ headers: request.headers, body: Buffer.concat(pieces) });
      response.writeHead(messengerStatus).end();
    });
  });
  await new Promise<void>((resolve) => messenger.listen(0, '127.0.0.1', resolve));
  messengerUrl = `http://127.0.0.1:${(messenger.address() as { port: number }).port}/orders`;
  queueKey = boxPrivateKey(newBoxKey().privateKey);
  mkdirSync(dirname(gateway.layout.queuePublicKey), { recursive: true });
  writeFileSync(gateway.layout.queuePublicKey, rawPublicKey(queueKey));
  const { ledger, keys } = gateway.ports;
  const also = allowedRanges(['127.0.0.0/8']);
  ports = {
    models,
    feed: { reached: feed },
    ledger: {
      readStream: ledger.readStream,
      append: async (...given) => {
        if (cutOff) throw new LogError('no-quorum', 'cut off');
        return ledger.append(...given);
      },
      head: async () => ({ position: fed, hash: new Uint8Array(32), generation: 1 }),
    },
    keys,
    pdfKeys,
    fetch: { post: (request) => guardedPost(request, also) },
    outbox: { record: (fact) => outbox.record(fact), holds: (id) => outbox.holds(id) },
    node: 'gateway-1',
    nowMs: () => nowMs,
    log: pino({ level: 'silent' }),
    layout: gateway.layout,
    hostname: 'gateway.example.org',
  };
  mkdirSync(dirname(gateway.layout.spoolOutbox), { recursive: true });
  outbox = openOutbox({
    layout: gateway.layout,
    ledger: { ...ports.ledger, status: async () => ({ writable: !cutOff }) as LogStatus },
    onCount: (count) => {
      facts = count;
    },
    log: ports.log,
  });
  await feed();
});
after(async () => {
  await outbox.stop();
  pdfKeys.close();
  await new Promise((resolve) => messenger.close(resolve));
  await gateway.stop();
});

async function setPolicy(change: Partial<PdfPolicy>): Promise<void> {
  const policy = { ...DEFAULT_PDF_POLICY, ...change };
  const command = { type: 'SetPdfPolicy', policy, at: nowMs } as const;
  await execute(gateway.ports.ledger, pdfPolicyDecider, PDF_POLICY_STREAM, command, meta({ atMs: nowMs }));
  await feed();
}

let mails = 0;
function question(recipient: string): PdfPasswordQuestion {
  mails += 1;
  const spoolId = `gateway-1.1.MAIL${mails}`;
  const base = {
    sender: alice,
    recipient,
    pairSender: null,
    receivedAtMs: nowMs,
    messageId: '',
    subject: '',
  };
  return { ...base, spoolId, commands: NO_PDF_COMMANDS };
}

/** What was queued since, as texts, by recipient. */
async function queued(): Promise<{ header: QueueHeader; text: string }[]> {
  const found: { header: QueueHeader; text: string }[] = [];
  for (const name of readdirSync(gateway.layout.queueReady).sort()) {
    const file = await openSealedFile<QueueHeader>(join(gateway.layout.queueReady, name), async (box) =>
      openWithPrivateKey(queueKey, box),
    );
    const text = Buffer.concat([...file.octets.chunks()].map((c) => Buffer.from(c))).toString('latin1');
    found.push({ header: file.header, text });
    file.close();
  }
  return found;
}

describe('an open invitation', () => {
  const bob = 'bob@partner.example';
  it('is repeated on its days, once each, whoever looks', async () => {
    await setPolicy({ selfRegistration: true, portalUrl: 'https://portal.example.org' });
    const answer = await pdfPasswords(ports)(question(bob));
    assert.ok(answer.kind === 'waits' && answer.why === 'registration');
    assert.match(answer.invitationLink ?? '', /^https:\/\/portal\.example\.org\/register\//);
    const second = await pdfPasswords(ports)(question(bob));
    assert.ok(second.kind === 'waits' && second.invitationLink === null, 'one invitation for all');
    const other = pdfMailings({ ...ports, node: 'gateway-2' });
    const mine = pdfMailings(ports);
    mkdirSync(gateway.layout.queueReady, { recursive: true });
    for (const day of [1, 3.1, 4, 10.1, 11]) {
      nowMs = AT + day * DAY;
      await Promise.all([mine.send(), other.send()]);
    }
    const reminders = await queued();
    assert.equal(reminders.length, 2);
    for (const { header, text } of reminders) {
      assert.equal(header.envelope.sender, alice);
      assert.deepEqual(header.envelope.recipients, [{ address: bob }]);
      assert.match(text, /Reminder/);
    }
  });
  it('ends at its time', async () => {
    nowMs = AT + 14.1 * DAY;
    await pdfMailings(ports).send();
    assert.equal(models.pdf.invitation(alice, bob).status, 'expired');
    await setPolicy({});
  });
});

describe('a password that goes by the messenger', () => {
  it('waits until the messenger has taken it, and is ordered with a signature', async () => {
    await setPolicy({ delivery: 'messenger', messengerUrl });
    messengerStatus = 503;
    const ask = question('carol@partner.example');
    const first = await pdfPasswords(ports)(ask);
    assert.ok(first.kind === 'waits' && first.why === 'messenger');
    messengerStatus = 204;
    const second = await pdfPasswords(ports)(ask);
    assert.ok(second.kind === 'ready' && second.isNew && second.delivery === 'messenger');
    assert.equal(orders.length, 2);
    const [refused, taken] = orders;
    if (!refused || !taken) return assert.fail();
    assert.equal(
      taken.headers['sealgate-order'],
      refused.headers['sealgate-order'],
      'a repeated order is known',
    );
    const { publicKey } = await gateway.ports.keys.signOrder({ data: new Uint8Array(0) });
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
      format: 'jwk',
    });
    const signed = Buffer.concat([
      Buffer.from(`${taken.headers['sealgate-timestamp']}.${taken.headers['sealgate-order']}.`),
      taken.body,
    ]);
    const signature = Buffer.from(String(taken.headers['sealgate-signature']), 'base64url');
    assert.ok(verify(null, signed, key, signature));
    const body = JSON.parse(taken.body.toString('utf8')) as Record<string, string>;
    const { stream, version } = second;
    assert.equal(body.password, await pdfKeys.pdfPassword({ stream, version }));
    assert.equal(body.recipient, 'carol@partner.example');
    const third = await pdfPasswords(ports)(question('carol@partner.example'));
    assert.equal(third.kind, 'ready');
    assert.equal(orders.length, 2, 'ordered once');
    await setPolicy({});
  });
});

describe('a password that the messenger takes while there is no quorum', () => {
  it('goes with its PDF; the hand-over is recorded afterwards, and ordered once', async () => {
    await setPolicy({ delivery: 'messenger', messengerUrl });
    const before = orders.length;
    messengerStatus = 503;
    const ask = question('greta@partner.example');
    const first = await pdfPasswords(ports)(ask);
    assert.ok(first.kind === 'waits' && first.why === 'messenger', 'made, and not taken yet');
    cutOff = true;
    messengerStatus = 204;
    const second = await pdfPasswords(ports)(ask);
    assert.equal(second.kind, 'ready');
    assert.equal((await pdfPasswords(ports)(question('greta@partner.example'))).kind, 'ready');
    assert.equal(orders.length, before + 2, 'refused once, taken once');
    assert.equal(facts, 1);
    const handedOver = (): boolean =>
      models.pdf.pair(alice, 'greta@partner.example').passwords.every((p) => p.handedOver);
    assert.equal(handedOver(), false);
    cutOff = false;
    await until(
      async () => {
        await feed();
        return handedOver() && facts === 0;
      },
      60_000,
      () => `${facts} facts`,
    );
    const told = (await gateway.kinds()).filter((kind) => kind === 'PdfPasswordHandedOver');
    assert.equal(told.length, 2, 'this one, and the one of the test before');
    await setPolicy({});
  });
});

describe('without a quorum', () => {
  it('the first PDF waits, a known pair goes on (features.md C10)', async () => {
    const known = await pdfPasswords(ports)(question('dora@partner.example'));
    assert.equal(known.kind, 'ready');
    cutOff = true;
    const again = await pdfPasswords(ports)(question('dora@partner.example'));
    assert.ok(again.kind === 'ready' && !again.isNew);
    const fresh = await pdfPasswords(ports)(question('erik@partner.example'));
    assert.ok(fresh.kind === 'waits' && fresh.why === 'quorum');
    cutOff = false;
    const later = await pdfPasswords(ports)(question('erik@partner.example'));
    assert.ok(later.kind === 'ready' && later.isNew);
  });
});

describe('two gateways', () => {
  it('that send to the same new partner at the same moment make one password', async () => {
    const asked = await Promise.all(
      [1, 2, 3].map((n) =>
        pdfPasswords({ ...ports, node: `gateway-${n}` })(question('fritz@partner.example')),
      ),
    );
    const ready = asked.filter((a) => a.kind === 'ready');
    assert.equal(ready.length, 3);
    assert.deepEqual(new Set(ready.map((a) => a.version)), new Set([1]));
    assert.equal(ready.filter((a) => a.isNew).length, 1, 'one sender is told');
  });
});
