/**
 * The reply portal of a running gateway (features.md D4, D5; threats 16, 17, 31): a partner opens the link of the PDF,
 * signs in with the password of the PDF, answers with a file; the answer arrives inside, a copy comes as a PDF.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../free-port.ts';
import { type PdfPartner, passwordIn, pdfOf, pdfPartner, textOf } from './pdf-partner.ts';
import { alice, type PdfStage, pdfStage } from './pdf-stage.ts';
import { cookieOf, type PortalVisitor, portalVisitor } from './portal-visitor.ts';
import { type Gateway, runGateway } from './run-gateway.ts';

const bob = 'bob@partner.example';
const PUBLIC = 'https://portal.example.org/pdf';

let gateway: Gateway;
let stage: PdfStage;
let reader: PdfPartner;
let portalUrl: string;
let visitor: PortalVisitor;

before(async () => {
  const port = await freePort();
  portalUrl = `http://127.0.0.1:${port}`;
  visitor = portalVisitor(portalUrl);
  gateway = await runGateway({ portal: { port, attachmentsBytesMax: 5_000_000 } });
  reader = pdfPartner();
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  stage = pdfStage(gateway);
  await stage.setPolicy({ portalUrl: PUBLIC });
  await stage.publish([
    {
      name: 'incoming',
      when: { direction: 'incoming' },
      passes: [{ actions: [{ do: 'decrypt' }, { do: 'verify', tagSubject: false }] }],
    },
    {
      name: 'outgoing',
      when: { direction: 'outgoing' },
      passes: [
        { actions: [{ do: 'encrypt', methods: ['pdf'], otherwise: 'back-to-sender', headers: 'copied' }] },
      ],
    },
  ]);
});

after(async () => {
  await gateway?.remove();
  reader?.remove();
});

/** Where the link leads here: the proxy in front that the public address names is left out. */
const local = (address: string): string => address.replace(PUBLIC, portalUrl);

interface Conversation {
  readonly password: string;
  readonly link: string;
}

async function conversationWith(recipient: string, subject: string): Promise<Conversation> {
  const id = await stage.send({ to: [recipient], subject, body: 'How are you?' });
  const pdf = pdfOf(await stage.carrierFor(recipient, id));
  const password = passwordIn(await stage.noticeAbout(id), recipient);
  return { password, link: local(reader.link(pdf, password)) };
}

const signIn = (link: string, password: string): Promise<Response> => visitor.signIn(link, password);

/** What a portal counts for itself begins anew, as on another gateway. */
async function restartedSignIn(link: string, password: string): Promise<Response> {
  await gateway.stop();
  await gateway.start();
  return signIn(link, password);
}

describe('the answer of a partner', () => {
  it('arrives inside with its files, once, and comes back as a PDF under the same password', async () => {
    const { password, link } = await conversationWith(bob, 'Your results');
    const wrong = await signIn(link, 'not the password');
    assert.equal(wrong.status, 403);
    const signedIn = await signIn(link, password.toUpperCase().replaceAll('-', ' '));
    assert.equal(signedIn.status, 303, 'as it is told on the telephone');
    const cookie = cookieOf(signedIn);
    const form = await visitor.formOf(cookie, 'Fine, thank you.\nSee the photo.', {
      'photo.jpg': Buffer.alloc(300_000, 5),
    });
    const sent = await visitor.reply(cookie, form);
    assert.equal(sent.headers.get('location'), './sent');
    assert.equal(
      (await visitor.reply(cookie, form)).headers.get('location'),
      './sent',
      'a second press is the same answer',
    );

    const answer = await gateway.arrival(alice, (mail) =>
      /^From: <bob@partner\.example>\r$/m.test(mail.text),
    );
    assert.equal(answer.sender, bob);
    assert.match(textOf(answer), /Fine, thank you\.\r\nSee the photo\./);
    assert.match(answer.text, /^Subject: Re: Your results\r$/m);
    assert.match(answer.text, /^In-Reply-To: <letter-\d+\.\d+@example\.org>\r$/m);
    assert.match(answer.text, /filename=photo\.jpg/);

    const isCopy = (text: string): boolean =>
      /^From: <alice@example\.org>\r$/m.test(text) && text.includes('pdf');
    const copy = await gateway.arrival(bob, (mail) => isCopy(mail.text));
    assert.equal(copy.sender, alice, 'never in the name of the partner');
    assert.ok(!/Fine, thank you|Your results/.test(copy.text), 'nothing outside the encryption');
    assert.match(reader.text(pdfOf(copy), password), /Fine, thank you\./);
    assert.deepEqual(reader.attachments(pdfOf(copy), password), ['photo.jpg']);

    const earlier = await (await fetch(`${portalUrl}/earlier`, { headers: { cookie } })).text();
    assert.equal(earlier.match(/<li>/g)?.length, 1);
    const answers = gateway.delivered.filter((mail) => mail.sender === bob);
    assert.equal(answers.length, 1, 'the second press sent nothing');
  });

  it('threat 17: neither a link nor a session opens the conversation of another pair', async () => {
    const carol = 'carol@partner.example';
    const mine = await conversationWith(carol, 'For Carol');
    const other = await conversationWith('dave@partner.example', 'For Dave');
    assert.equal((await signIn(mine.link, other.password)).status, 403);
    const cookie = cookieOf(await signIn(mine.link, mine.password));
    const page = await (await fetch(`${portalUrl}/reply`, { headers: { cookie } })).text();
    assert.match(page, /For Carol/);
    const token = mine.link.split('/').at(-1) ?? '';
    const changed = `${token.slice(0, 30)}${token[30] === 'A' ? 'B' : 'A'}${token.slice(31)}`;
    for (const odd of [changed, cookie.split('=')[1] ?? '', 'x', encodeURIComponent('../../etc/passwd')]) {
      assert.equal((await fetch(`${portalUrl}/answer/${odd}`)).status, 404, odd);
    }
    const forged = `sealgate-portal=${token}`;
    assert.equal((await fetch(`${portalUrl}/reply`, { headers: { cookie: forged } })).status, 401);
  });

  it('goes on under a new password that the partner chose; the old session has ended', async () => {
    const frank = 'frank@partner.example';
    const { password, link } = await conversationWith(frank, 'For Frank');
    const cookie = cookieOf(await signIn(link, password));
    const page = await (await fetch(`${portalUrl}/password`, { headers: { cookie } })).text();
    const token = /name="token" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const chosen = 'Seven green boats 42';
    const change = await fetch(`${portalUrl}/password`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ token, password: chosen, again: chosen }),
    });
    assert.equal(change.status, 200);
    assert.equal((await fetch(`${portalUrl}/reply`, { headers: { cookie } })).status, 401);
    assert.equal((await signIn(link, password)).status, 403);
    assert.equal((await signIn(link, chosen)).status, 303);
    const id = await stage.send({ to: [frank], subject: 'Second' });
    const pdf = pdfOf(await stage.carrierFor(frank, id));
    assert.ok(reader.opens(pdf, chosen));
    assert.ok(!reader.opens(pdf, password));
  });
});

describe('a second factor', () => {
  it('asks for a code from the mailbox behind the password, good for one login', async () => {
    await stage.setPolicy({ portalUrl: PUBLIC, secondFactor: 'mail' });
    const heidi = 'heidi@partner.example';
    const { password, link } = await conversationWith(heidi, 'For Heidi');
    const first = await signIn(link, password);
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('set-cookie'), null, 'no session yet');
    const pending = /name="pending" value="([^"]+)"/.exec(await first.text())?.[1] ?? assert.fail();
    const mail = await gateway.arrival(heidi, (m) => !m.text.includes('application/pdf'));
    const code = /\b(\d{4} \d{4})\b/.exec(textOf(mail))?.[1] ?? assert.fail(textOf(mail));
    const confirm = (given: string, token = pending): Promise<Response> =>
      fetch(`${portalUrl}/code`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ pending: token, code: given }),
      });
    const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    assert.equal((await confirm(wrong)).status, 403);
    assert.equal((await confirm(code, pending.replace(/^.{9}/, 'AAAAAAAAA'))).status, 410, 'forged');
    const right = await confirm(code);
    assert.equal(right.headers.get('location'), './reply');
    const cookie = cookieOf(right);
    assert.match(await (await fetch(`${portalUrl}/reply`, { headers: { cookie } })).text(), /For Heidi/);
    assert.equal((await confirm(code)).status, 410, 'once');
    await stage.setPolicy({ portalUrl: PUBLIC });
  });

  it('lets a guesser of codes wait like one of passwords', async () => {
    await stage.setPolicy({ portalUrl: PUBLIC, secondFactor: 'mail' });
    const { password, link } = await conversationWith('ivan@partner.example', 'For Ivan');
    const pending =
      /name="pending" value="([^"]+)"/.exec(await (await signIn(link, password)).text())?.[1] ?? '';
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      const body = new URLSearchParams({ pending, code: `0000 000${i}` });
      statuses.push((await fetch(`${portalUrl}/code`, { method: 'POST', body })).status);
    }
    assert.deepEqual(statuses, [403, 403, 429]);
    await stage.setPolicy({ portalUrl: PUBLIC });
  });
});

describe('a partner who is invited', () => {
  it('chooses the password in the browser, once, and gets the mail that waited', async () => {
    await stage.setPolicy({ portalUrl: PUBLIC, selfRegistration: true });
    const grace = 'grace@partner.example';
    await stage.send({ to: [grace], subject: 'Waiting', body: 'The waiting text.' });
    const invitation = textOf(await gateway.arrival(grace));
    const link = local(/https:\/\/\S+\/register\/\S+/.exec(invitation)?.[0] ?? '');
    assert.match(await (await fetch(link)).text(), /alice@example\.org/);
    const choose = (password: string): Promise<Response> =>
      fetch(link, { method: 'POST', body: new URLSearchParams({ password, again: password }) });
    assert.equal((await choose('short')).status, 422);
    const chosen = 'Nine quiet rivers 7';
    assert.equal((await choose(chosen)).status, 200);
    assert.equal((await choose('Another one, later 5')).status, 410, 'the link works once');
    const carrier = await gateway.arrival(grace, (mail) => mail.text.includes('application/pdf'));
    assert.match(reader.text(pdfOf(carrier), chosen), /The waiting text/);
  });
});

// The last: an address that tried too often has to wait, too, and all of these come from one.
describe('a guesser', () => {
  it('has no more than a few attempts, and then not even the right password helps', async () => {
    await stage.setPolicy({ portalUrl: PUBLIC });
    const { password, link } = await conversationWith('erin@partner.example', 'For Erin');
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) statuses.push((await signIn(link, `wrong ${i}`)).status);
    assert.deepEqual(statuses.slice(0, 3), [403, 403, 403]);
    assert.deepEqual(new Set(statuses.slice(3)), new Set([429]));
    assert.equal((await signIn(link, password)).status, 429, 'not even the right one now');
  });

  it('is known by its address on every gateway: a portal that starts anew does not forget it', async () => {
    const names = Array.from({ length: 4 }, (_, i) => `target-${i}@partner.example`);
    const targets: Conversation[] = [];
    for (const name of names) targets.push(await conversationWith(name, 'Guess me'));
    const friend = await conversationWith('friend@partner.example', 'No guesser');
    assert.equal((await restartedSignIn(friend.link, friend.password)).status, 303, 'begins at nothing');
    for (const { link } of targets.slice(0, 3)) {
      for (let i = 0; i < 3; i++) {
        const answer = await (i === 0 ? restartedSignIn : signIn)(link, `wrong ${i}`);
        assert.equal(answer.status, 403);
      }
    }
    const last = targets[3]!;
    assert.equal((await restartedSignIn(last.link, 'wrong, the tenth')).status, 403);
    assert.equal((await signIn(last.link, last.password)).status, 429, 'the address has to wait');
  });
});
