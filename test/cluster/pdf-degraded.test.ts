/**
 * PDF mail and the portal on a gateway that is cut off from the log: the standby of a pair whose voter is gone. What is
 * known goes on, a first password waits and is told apart, an answer of a partner is taken, a sign-in is refused plainly;
 * afterwards everything is recorded once (architecture.md, Degraded modes). And the lock-out of an address, which is in
 * the log, holds on the other gateway.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from '#node/web/admin-request.ts';
import type { Alarm } from '#node/web/alarms.ts';
import type { AuditRow } from '#node/web/audit-admin-port.ts';
import type { HeldRow } from '#node/web/queue-admin-port.ts';
import type { GatewayStatus } from '#node/web/status-admin-port.ts';
import { childrenOf } from '../fault/process-tree.ts';
import { freePort } from '../free-port.ts';
import { type PdfPartner, passwordIn, pdfOf, pdfPartner, textOf } from '../gateway/pdf-partner.ts';
import { alice, type PdfStage, pdfStage } from '../gateway/pdf-stage.ts';
import { cookieOf, type PortalVisitor, portalVisitor } from '../gateway/portal-visitor.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { dies } from './kill-gateway.ts';
import { cli, ScratchCluster, succeeds } from './run-cluster.ts';

const WITHIN_MS = 180_000;
const PUBLIC = 'https://portal.example.org';
const KNOWN = 'known@partner.example';
const FRESH = 'fresh@partner.example';

interface Conversation {
  readonly password: string;
  /** At the portal of the gateway that is asked for it. */
  link(portalUrl: string): string;
}

let cluster: ScratchCluster;
let voter: Gateway;
let standby: Gateway;
let voterPortal: string;
let standbyPortal: string;
let visitor: PortalVisitor;
let stage: PdfStage;
let reader: PdfPartner;
let known: Conversation;
let cookie: string;
let answer: FormData;
let waiting: string;

before(async () => {
  const [first, second] = await Promise.all([freePort(), freePort()]);
  [voterPortal, standbyPortal] = [`http://127.0.0.1:${first}`, `http://127.0.0.1:${second}`];
  visitor = portalVisitor(standbyPortal);
  reader = pdfPartner();
  cluster = await ScratchCluster.start({ settings: { portal: { port: first } } });
  await cluster.init();
  voter = cluster.first;
  standby = await cluster.join('standby', voter, { portal: { port: second } });
  for (const gateway of [voter, standby]) await cluster.whole(gateway);
  stage = pdfStage(standby);
  await standby.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  await stage.setPolicy({ portalUrl: PUBLIC });
  await stage.publish([
    {
      name: 'outgoing',
      when: { direction: 'outgoing' },
      passes: [
        { actions: [{ do: 'encrypt', methods: ['pdf'], otherwise: 'back-to-sender', headers: 'copied' }] },
      ],
    },
    { name: 'rest', when: { always: true }, passes: [{ actions: [{ do: 'decrypt' }] }] },
  ]);
  known = await conversationWith(KNOWN);
  cookie = cookieOf(await visitor.signIn(known.link(standbyPortal), known.password));
});
after(async () => {
  await cluster?.remove();
  reader?.remove();
});

/** The first mail to somebody, through the standby. */
async function conversationWith(recipient: string): Promise<Conversation> {
  const id = await stage.send({ to: [recipient], subject: 'Your results', body: 'How are you?' });
  const pdf = pdfOf(await stage.carrierFor(recipient, id));
  const password = passwordIn(await stage.noticeAbout(id), recipient);
  const address = reader.link(pdf, password);
  return { password, link: (portalUrl) => address.replace(PUBLIC, portalUrl) };
}

/** Waits until the standby tells it so. */
async function tells(holds: (status: GatewayStatus) => boolean): Promise<readonly Alarm[]> {
  let last: { status: GatewayStatus; alarms: readonly Alarm[] } | null = null;
  const asked = async (): Promise<boolean> => {
    last = await standby.admin.query<{ status: GatewayStatus; alarms: readonly Alarm[] }>('status.overview');
    return holds(last.status);
  };
  await until(asked, WITHIN_MS, () => `${JSON.stringify(last, null, 1)}\n${cluster.output()}`);
  return last!.alarms;
}

async function recorded(on: Gateway, kind: string): Promise<number> {
  return (await on.admin.query<Page<AuditRow>>('audit.events', { search: kind })).rows.length;
}

const answers = (): number => standby.delivered.filter((mail) => mail.sender === KNOWN).length;

describe('a gateway that cannot reach the log', () => {
  it('goes on with a password that is known', async () => {
    await dies(voter);
    await cluster.settled(standby, ({ writable }) => !writable);
    const id = await stage.send({ to: [KNOWN], subject: 'again' });
    assert.ok(reader.opens(pdfOf(await stage.carrierFor(KNOWN, id)), known.password));
    assert.deepEqual(stage.noticesAbout(id), []);
  });

  it('lets a mail wait that needs a first password, told apart; nothing comes back to its sender', async () => {
    waiting = await stage.send({ to: [FRESH], subject: 'needs a password' });
    const alarms = await tells(({ line }) => line.waits.length > 0);
    const told = alarms.find(({ code }) => code === 'mails-waiting');
    assert.equal(told?.facts.count, 1);
    assert.match(String(told?.facts.reason), /password of a PDF has to be made first/);
    assert.ok(!alarms.some(({ code }) => code === 'mails-held'), 'nobody has to decide');
    const [row] = await standby.admin.query<HeldRow[]>('queue.held');
    assert.deepEqual(row?.recipients, [FRESH]);
    assert.match(row?.reason ?? '', /waits: the log takes no new password now/);
    const { out } = await succeeds(cli(standby.settingsFile, 'queue'));
    assert.match(out, /1 mails wait, and go on by themselves: the password of a PDF has to be made first/);
    const held = await succeeds(cli(standby.settingsFile, 'queue', 'held'));
    assert.match(held.out, /fresh@partner\.example.*waits: the log takes no new password now/);
    const notice = await stage.noticeAbout(waiting);
    assert.match(textOf(notice), /leaves as soon as a password can be made\. You need not do anything/);
    assert.ok(!standby.delivered.some(({ text }) => text.includes('multipart/report')), 'no bounce');
  });

  it('takes the answer of a partner who is signed in, once, and brings it in', async () => {
    answer = await visitor.formOf(cookie, 'Typed on a telephone.', { 'photo.jpg': Buffer.alloc(9000, 5) });
    assert.equal((await visitor.reply(cookie, answer)).headers.get('location'), './sent');
    assert.equal((await visitor.reply(cookie, answer)).headers.get('location'), './sent', 'pressed twice');
    const mail = await standby.arrival(alice, ({ sender }) => sender === KNOWN);
    assert.match(textOf(mail), /Typed on a telephone\./);
    const copy = await standby.arrival(
      KNOWN,
      ({ sender, text }) => sender === alice && !/^Message-ID: <letter-/m.test(text),
    );
    assert.match(reader.text(pdfOf(copy), known.password), /Typed on a telephone\./);
    await tells(({ line }) => line.facts === 1);
  });

  it('refuses a sign-in, which has to be counted first, and another password, with a sentence', async () => {
    const signIn = await visitor.signIn(known.link(standbyPortal), known.password);
    assert.equal(signIn.status, 503);
    assert.match(await signIn.text(), /try again in a few minutes; nothing is lost/);
    const page = await (await fetch(`${standbyPortal}/password`, { headers: { cookie } })).text();
    const token = /name="token" value="([^"]+)"/.exec(page)?.[1] ?? assert.fail(page);
    const password = 'Seven green boats 42';
    const body = new URLSearchParams({ token, password, again: password });
    const change = await fetch(`${standbyPortal}/password`, { method: 'POST', headers: { cookie }, body });
    assert.equal(change.status, 503);
  });

  it('records it all when the log is back, once; the mail that waited leaves by itself', async () => {
    await voter.start();
    const carrier = await stage.carrierFor(FRESH, waiting);
    const notices = (): string[] => stage.noticesAbout(waiting).map(textOf);
    await until(
      () => notices().some((text) => text.includes('Password: ')),
      WITHIN_MS,
      () => `${notices().join('\n')}\n${cluster.output()}`,
    );
    const told = stage.noticesAbout(waiting).find((mail) => textOf(mail).includes('Password: '))!;
    assert.ok(reader.opens(pdfOf(carrier), passwordIn(told, FRESH)));
    await tells(({ line }) => line.facts === 0 && line.waits.length === 0);
    for (const gateway of [standby, voter]) {
      await until(
        async () => (await recorded(gateway, 'PdfReplySent')) === 1,
        WITHIN_MS,
        () => cluster.output(),
      );
    }
    assert.equal((await visitor.reply(cookie, answer)).headers.get('location'), './sent', 'pressed again');
    const earlier = await (await fetch(`${standbyPortal}/earlier`, { headers: { cookie } })).text();
    assert.equal(earlier.match(/<li>/g)?.length, 1);
    assert.equal(await recorded(standby, 'PdfReplySent'), 1);
    assert.equal(answers(), 1);
  });
});

describe('an address that has tried too many passwords', () => {
  it('has to wait on the other gateway, too', async () => {
    await cluster.whole(standby);
    const targets: Conversation[] = [];
    for (let i = 0; i < 5; i++) targets.push(await conversationWith(`target-${i}@partner.example`));
    const guess = async (portalUrl: string, target: Conversation): Promise<number> =>
      (await visitor.signIn(target.link(portalUrl), 'a guess')).status;
    // Five are what a portal lets pass by its own count, three what an account does.
    for (const [first, second] of [
      [0, 1],
      [2, 3],
    ] as const) {
      for (const target of [first, first, first, second, second]) {
        assert.equal(await guess(voterPortal, targets[target]!), 403);
      }
      await portalBeginsAnew(voter);
    }
    // The wait doubles with each guess that comes after it is over: on a slow machine the second or third meets it.
    const met: number[] = [];
    while (!met.includes(429) && met.length < 3) met.push(await guess(standbyPortal, targets[4]!));
    assert.equal(met.at(-1), 429, `${met}`);
  });
});

/** What a portal counts for itself is gone with its process; what the log counts is not. */
async function portalBeginsAnew(gateway: Gateway): Promise<void> {
  const portal = () => childrenOf(gateway.process().pid as number).find(({ name }) => name === 'portal')?.pid;
  const old = portal();
  assert.ok(old);
  process.kill(old, 'SIGKILL');
  const answersAnew = async (): Promise<boolean> => {
    const pid = portal();
    return (
      pid !== undefined &&
      pid !== old &&
      (await fetch(voterPortal).then(
        () => true,
        () => false,
      ))
    );
  };
  await until(answersAnew, WITHIN_MS, () => cluster.output());
}
