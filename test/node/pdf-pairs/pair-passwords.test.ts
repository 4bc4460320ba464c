/** Passwords of pairs over the real log and the real `keys` process (features.md D3, D7). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LogError } from '#consensus/event-log.ts';
import { passwordInForce, pdfPairDecider, pdfPairStream } from '#domain/pdf/pdf-pair.ts';
import { DEFAULT_PDF_POLICY } from '#domain/pdf/pdf-policy.ts';
import { pdfKeysClient } from '#node/keys/pdf-client.ts';
import { execute } from '#node/ledger/execute.ts';
import { logIn } from '#node/pdf-pairs/pair-login.ts';
import {
  ensurePassword,
  type PairName,
  type PairPorts,
  readPair,
  setPassword,
} from '#node/pdf-pairs/pair-passwords.ts';
import { AT, meta, type ScratchGateway, scratchGateway } from '../ca/scratch-gateway.ts';

let gateway: ScratchGateway;
let pdfKeys: ReturnType<typeof pdfKeysClient>;
before(async () => {
  gateway = await scratchGateway();
  pdfKeys = pdfKeysClient(gateway.layout);
});
after(async () => {
  pdfKeys.close();
  await gateway.stop();
});

let pairs = 0;
const newPair = (): PairName => {
  pairs += 1;
  return { sender: 'alice@example.org', recipient: `bob${pairs}@partner.example` };
};

async function made(pair: PairName, spoolId: string, ports: PairPorts = gateway.ports): Promise<number> {
  const request = meta({ requestId: `pdf|${spoolId}`, actor: 'node/gw' });
  const result = await ensurePassword(ports, DEFAULT_PDF_POLICY, pair, spoolId, request);
  return result.kind === 'done' ? result.password.version : assert.fail(result.refusal);
}
const clear = (pair: PairName, version: number): Promise<string> =>
  pdfKeys.pdfPassword({ stream: pdfPairStream(pair.sender, pair.recipient), version });

describe('the password of a new pair', () => {
  it('is made once, when several gateways send to the partner at the same moment', async () => {
    const pair = newPair();
    const versions = await Promise.all([1, 2, 3, 4].map((n) => made(pair, `gw${n}.1.mail`)));
    assert.deepEqual(versions, [1, 1, 1, 1]);
    assert.match(await clear(pair, 1), /^[0-9a-z]{4}(?:-[0-9a-z]{4}){3}$/);
  });

  it('stays when the mail that made it is processed again', async () => {
    const pair = newPair();
    await made(pair, 'gw.1.retaken');
    const before = await clear(pair, 1);
    await made(pair, 'gw.1.retaken');
    assert.equal((await readPair(gateway.ports.ledger, pair)).version, 1);
    assert.equal(await clear(pair, 1), before);
  });

  it('waits without a quorum, while a known pair goes on', async () => {
    const cut: PairPorts = {
      keys: gateway.ports.keys,
      ledger: {
        readStream: gateway.ports.ledger.readStream,
        append: async () => {
          throw new LogError('no-quorum', 'cut off');
        },
      },
    };
    const known = newPair();
    await made(known, 'gw.1.known');
    assert.equal(await made(known, 'gw.1.second', cut), 1);
    await assert.rejects(made(newPair(), 'gw.1.new', cut), { code: 'no-quorum' });
  });

  it('is found again when the answer of the log was lost', async () => {
    const pair = newPair();
    let lost = 0;
    const forgetful: PairPorts = {
      keys: gateway.ports.keys,
      ledger: {
        readStream: gateway.ports.ledger.readStream,
        async append(...given) {
          const done = await gateway.ports.ledger.append(...given);
          lost += 1;
          if (lost === 1) throw new LogError('unresolved', 'no answer');
          return done;
        },
      },
    };
    assert.equal(await made(pair, 'gw.1.lost', forgetful), 1);
    assert.ok(lost >= 1);
    assert.equal((await readPair(gateway.ports.ledger, pair)).version, 1);
  });

  it('is another one after it was voided, also for the same mail; the old one is kept', async () => {
    const pair = newPair();
    await made(pair, 'gw.1.again');
    const old = await clear(pair, 1);
    const stream = pdfPairStream(pair.sender, pair.recipient);
    const command = { type: 'VoidPdfPassword', by: 'operator', at: AT } as const;
    await execute(gateway.ports.ledger, pdfPairDecider, stream, command, meta());
    assert.equal(await made(pair, 'gw.1.again'), 3);
    assert.notEqual(await clear(pair, 3), old);
    assert.equal(await clear(pair, 1), old);
  });
});

describe('a password that a person gives', () => {
  const given = { password: 'Über den Wölken 7', origin: 'stated', spoolId: 'gw.1.stated' } as const;
  it('replaces the made one, once for one mail', async () => {
    const pair = newPair();
    await made(pair, 'gw.1.first');
    for (let run = 0; run < 2; run++) {
      const done = await setPassword(gateway.ports, DEFAULT_PDF_POLICY, pair, given, meta());
      assert.equal(done.kind, 'done');
    }
    const state = await readPair(gateway.ports.ledger, pair);
    assert.equal(state.version, 2);
    assert.equal(await clear(pair, passwordInForce(state, AT)?.version ?? 0), given.password);
  });
  it('is refused when it breaks the rules', async () => {
    const weak = { ...given, password: 'short' };
    const refused = await setPassword(gateway.ports, DEFAULT_PDF_POLICY, newPair(), weak, meta());
    assert.deepEqual(refused, { kind: 'refused', refusal: 'too-short' });
  });
});

describe('the keys process', () => {
  it('shows a password to an operator only behind a recorded reason, and only at once', async () => {
    const pair = newPair();
    await made(pair, 'gw.1.shown');
    const stream = pdfPairStream(pair.sender, pair.recipient);
    const show = (showing: number): Promise<string> =>
      gateway.ports.keys.showPdfPassword({ stream, showing });
    await assert.rejects(show(1), { code: 'no-such-key' });
    const look = async (reason: string, atMs: number): Promise<number> => {
      const command = { type: 'ShowPdfPassword', password: 1, at: atMs } as const;
      const done = await execute(
        gateway.ports.ledger,
        pdfPairDecider,
        stream,
        command,
        meta({ reason, atMs }),
      );
      return done.kind === 'done' ? done.version : assert.fail(done.refusal);
    };
    assert.equal(await show(await look('the partner lost it', Date.now())), await clear(pair, 1));
    await assert.rejects(show(await look('', Date.now())), { code: 'malformed' });
    await assert.rejects(show(await look('long ago', Date.now() - 3_600_000)), { code: 'malformed' });
  });

  it('does not give a password away on the socket of the others', async () => {
    const { keys } = gateway.ports;
    assert.ok(!('pdfPassword' in keys));
  });

  it('opens a secret in its own event only', async () => {
    const [one, two] = [newPair(), newPair()];
    await made(one, 'gw.1.one');
    await assert.rejects(clear(two, 1), { code: 'no-such-key' });
    const events = await gateway.ports.ledger.readStream(pdfPairStream(one.sender, one.recipient));
    const [first] = events;
    if (!first) assert.fail();
    const { id: _id, stream: _stream, position: _position, ...rest } = first;
    const stream = pdfPairStream(two.sender, two.recipient);
    const { kind, schema, atMs, actor, reason, payload } = rest;
    const moved = { id: 'moved', stream, kind, schema, atMs, actor, reason, payload };
    await gateway.ports.ledger.append([moved], { stream, version: 0 });
    await assert.rejects(clear(two, 1), { code: 'malformed' });
  });
});

describe('a login', () => {
  const attempt = (pair: PairName, password: string, atMs = AT) =>
    logIn(gateway.ports, pair, password, meta({ atMs, actor: 'portal' }));
  it('is compared inside keys, as the password came by telephone', async () => {
    const pair = newPair();
    await made(pair, 'gw.1.login');
    const password = await clear(pair, 1);
    assert.deepEqual(await attempt(pair, password.toUpperCase().replaceAll('-', ' ')), {
      kind: 'in',
      password: 1,
    });
    assert.deepEqual(await attempt(pair, `${password}x`), { kind: 'wrong' });
    assert.deepEqual(await attempt(newPair(), password), { kind: 'wrong' });
  });
  it('waits longer with every wrong password, also when all come at the same moment', async () => {
    const pair = newPair();
    await made(pair, 'gw.1.guess');
    const guesses = await Promise.all(Array.from({ length: 8 }, (_, n) => attempt(pair, `guess ${n}`)));
    assert.equal(guesses.filter((g) => g.kind === 'wrong').length, 3);
    const right = await clear(pair, 1);
    const locked = await attempt(pair, right, AT + 4_000);
    assert.deepEqual(locked, { kind: 'locked', untilMs: AT + 5_000 });
    assert.equal((await attempt(pair, right, AT + 5_000)).kind, 'in');
    assert.equal((await attempt(pair, 'wrong again', AT + 5_001)).kind, 'wrong', 'counted anew');
  });
});
