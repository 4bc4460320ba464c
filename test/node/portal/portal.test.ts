/**
 * The portal's pages and forms over HTTP. The desk is a stand-in here, so that each of its answers can be had at will;
 * the real one is in test/gateway/portal-story.test.ts.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { attachmentsOf } from '#domain/mime/attachment.ts';
import { parseMime } from '#domain/mime/tree.ts';
import type { Opening, PortalDesk, SessionView, SignedIn, Submission } from '#node/portal/desk-port.ts';
import { openWithPrivateKey } from '#node/spool/sealed-box.ts';
import { openSealedFile } from '#node/spool/sealed-file.ts';
import { type DemoPortal, demoPortal, look, valid } from './demo-portal.ts';

const opening: Opening = {
  kind: 'reply',
  look,
  language: 'de',
  sender: 'doctor@clinic.example',
  charactersMin: 12,
};
let opened: Opening = opening;
let signedIn: SignedIn = { kind: 'wrong' };
let view: SessionView = valid;
let submissions: Submission[] = [];

const desk: PortalDesk = {
  open: async () => opened,
  signIn: async () => signedIn,
  confirm: async () => signedIn,
  register: async ({ password }) =>
    password === 'short' ? { kind: 'refused', problem: 'too-short' } : { kind: 'registered' },
  view: async ({ session }) => (session === 'good' ? view : { kind: 'ended' }),
  changePassword: async () => ({ kind: 'registered' }),
  setLanguage: async () => {},
  earlier: async () => [{ atMs: 1_770_000_000_000, attachments: 2, sizeBytes: 2_000_000 }],
  submit: async (submission) => {
    submissions.push(submission);
    return { kind: 'sent' };
  },
};

let portal: DemoPortal;

before(async () => {
  portal = await demoPortal(desk);
});
after(() => portal.dispose());

beforeEach(() => {
  opened = opening;
  view = valid;
  submissions = [];
});

const get = (path: string, cookie = ''): Promise<Response> =>
  fetch(`${portal.url}/${path}`, { redirect: 'manual', headers: { cookie } });

const post = (
  path: string,
  body: URLSearchParams | FormData,
  headers: Record<string, string> = {},
): Promise<Response> => fetch(`${portal.url}/${path}`, { method: 'POST', redirect: 'manual', body, headers });

const session = { cookie: 'sealgate-portal=good' };

function answerForm(message: string, files: readonly [string, Uint8Array][] = []): FormData {
  const form = new FormData();
  form.set('token', 'form-token');
  form.set('submission', '01JD8Z3V4YQ6T5N2K7M9P0R1S2');
  form.set('message', message);
  for (const [name, bytes] of files) form.append('file', new Blob([Buffer.from(bytes)]), name);
  return form;
}

describe('the portal', () => {
  it('asks for the password, in the language and with the look that the desk names', async () => {
    const answer = await get('answer/link');
    const page = await answer.text();
    assert.equal(answer.status, 200);
    assert.match(page, /<html lang="de">/);
    assert.match(page, /Klinik &lt;Süd&gt;/);
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const css = await (await get('look/ffcc00.css')).text();
    assert.match(css, /--on-brand:#000/, 'readable on yellow');
  });

  it('lets in by the desk only, and sends no session for a wrong password', async () => {
    signedIn = { kind: 'wrong' };
    const wrong = await post('answer/link', new URLSearchParams({ password: 'x' }));
    assert.equal(wrong.status, 403);
    assert.equal(wrong.headers.get('set-cookie'), null);
    signedIn = { kind: 'locked', waitMs: 3_600_000 * 5 };
    const locked = await post('answer/link', new URLSearchParams({ password: 'x' }));
    assert.equal(locked.status, 429);
    assert.match(await locked.text(), /5 Stunden/);
    signedIn = { kind: 'signed-in', session: 'good' };
    const right = await post('answer/link', new URLSearchParams({ password: 'x' }));
    assert.equal(right.status, 303);
    assert.equal(right.headers.get('location'), '../reply');
    assert.match(
      right.headers.get('set-cookie') ?? '',
      /^sealgate-portal=good; Path=\/; SameSite=Strict; HttpOnly$/,
    );
  });

  it('slows down whoever tries passwords from one address', async () => {
    signedIn = { kind: 'wrong' };
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) {
      statuses.push((await post('answer/guessed', new URLSearchParams({ password: String(i) }))).status);
    }
    assert.equal(statuses.at(-1), 429);
    signedIn = { kind: 'signed-in', session: 'good' };
    assert.equal((await post('answer/guessed', new URLSearchParams({ password: 'x' }))).status, 429);
  });

  it('threat 17: every page behind the sign-in is closed without a session, and to a session that has ended', async () => {
    const routes: [string, string][] = [
      ['GET', 'reply'],
      ['POST', 'reply'],
      ['GET', 'sent'],
      ['GET', 'earlier'],
      ['GET', 'password'],
      ['POST', 'password'],
      ['POST', 'sign-out'],
    ];
    for (const cookie of ['', 'sealgate-portal=ended', 'sealgate-portal=']) {
      for (const [method, path] of routes) {
        const body =
          method === 'GET' ? {} : { body: path === 'reply' ? answerForm('x') : new URLSearchParams() };
        const answer = await fetch(`${portal.url}/${path}`, {
          method,
          redirect: 'manual',
          headers: { cookie },
          ...body,
        });
        const page = await answer.text();
        assert.equal(answer.status, 401, `${method} ${path}`);
        assert.equal(page.includes(valid.sender), false);
      }
    }
    assert.equal(submissions.length, 0);
  });

  it('refuses posts from another site, and forms whose token is not of this session', async () => {
    const foreign = await post('reply', answerForm('x'), { ...session, 'sec-fetch-site': 'cross-site' });
    assert.equal(foreign.status, 403);
    const form = answerForm('mein Text');
    form.set('token', 'guessed');
    const forged = await post('reply', form, session);
    assert.equal(forged.status, 422);
    assert.match(await forged.text(), /mein Text/);
    const change = new URLSearchParams({ token: 'guessed', password: 'a', again: 'a' });
    assert.equal((await post('password', change, session)).status, 403);
    assert.equal(submissions.length, 0);
    assert.deepEqual(readdirSync(join(portal.folder, 'incoming')), []);
  });

  it('shows what strangers wrote as text', async () => {
    const page = await (await get('reply', session.cookie)).text();
    assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
    assert.equal(page.includes('<script>alert'), false);
  });

  it('takes an answer with files as one sealed mail, and asks the desk to send it', async () => {
    const photo = Buffer.alloc(90_000, 7);
    const form = answerForm('Hier ist das Foto.', [['Foto.jpg', photo]]);
    const answer = await post('reply', form, session);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('location'), './sent');
    const [submission] = submissions;
    assert.equal(submission?.session, 'renewed');
    assert.equal(submission?.submission, '01JD8Z3V4YQ6T5N2K7M9P0R1S2');
    assert.equal(submission?.attachments, 1);
    const path = join(portal.folder, 'ready', `${submission?.upload}.sgf`);
    const file = await openSealedFile(path, async (box) => openWithPrivateKey(portal.privateKey, box));
    const parsed = parseMime(file.octets);
    assert.equal(parsed.kind, 'continue');
    if (parsed.kind === 'continue') assert.equal(attachmentsOf(parsed.mail)[0]?.name, 'Foto.jpg');
    assert.equal(
      Buffer.from(file.octets.slice(0, file.octets.sizeBytes)).includes('Hier ist das Foto.'),
      true,
    );
    file.close();
  });

  it('says what is wrong with an answer, keeps its text, and leaves nothing behind', async () => {
    const cases: [FormData, RegExp][] = [
      [answerForm(' \n'), /fügen Sie eine Datei hinzu/],
      [
        answerForm('Text', [
          ['a', Buffer.alloc(60_000)],
          ['b', Buffer.alloc(60_000)],
        ]),
        /zu groß/,
      ],
      [
        answerForm('Text', [
          ['a', Buffer.alloc(1)],
          ['b', Buffer.alloc(1)],
          ['c', Buffer.alloc(1)],
        ]),
        /zu viele/,
      ],
    ];
    for (const [form, says] of cases) {
      const answer = await post('reply', form, session);
      const page = await answer.text();
      assert.equal(answer.status, 422);
      assert.match(page, says);
    }
    const cutOff = await fetch(`${portal.url}/reply`, {
      method: 'POST',
      headers: { ...session, 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nform-token\r\n--x\r\nContent-Dis',
    });
    assert.equal(cutOff.status, 422);
    assert.equal(submissions.length, 0);
    assert.deepEqual(readdirSync(join(portal.folder, 'incoming')), []);
  });

  it('takes an answer without a file, as a browser without JavaScript sends it', async () => {
    const form = answerForm('Nur Text');
    form.append('file', new Blob([]), '');
    assert.equal((await post('reply', form, session)).status, 303);
    assert.equal(submissions[0]?.attachments, 0);
  });

  it('lets a partner who was invited choose a password', async () => {
    opened = { ...opening, kind: 'invitation' } as Opening;
    assert.match(await (await get('register/link')).text(), /doctor@clinic\.example/);
    const send = (password: string, again: string): Promise<Response> =>
      post('register/link', new URLSearchParams({ password, again }));
    assert.match(await (await send('a', 'b')).text(), /nicht gleich/);
    assert.match(await (await send('short', 'short')).text(), /zu kurz/);
    const done = await send('vier kleine wörter hier', 'vier kleine wörter hier');
    assert.match(await done.text(), /Vielen Dank/);
    opened = opening;
    assert.equal((await get('register/link')).status, 404, 'a link from a PDF is no invitation');
  });

  it('speaks the chosen language from then on, and only leads to its own pages', async () => {
    const answer = await post('language', new URLSearchParams({ language: 'fr', here: 'answer/link' }));
    assert.equal(answer.headers.get('location'), './answer/link');
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0]!;
    assert.match(await (await get('answer/link', cookie)).text(), /Mot de passe/);
    for (const here of ['//evil.example', 'https://evil.example', '../x', 'answer/a?b']) {
      const open = await post('language', new URLSearchParams({ language: 'fr', here }));
      assert.equal(open.status, 400, here);
    }
  });

  it('tells an expired link from an unknown one, and a desk that is away from both', async () => {
    opened = { kind: 'expired', look, language: 'en' };
    assert.equal((await get('answer/link')).status, 410);
    opened = { kind: 'unknown' };
    assert.equal((await get('answer/link')).status, 404);
    opened = { kind: 'unavailable' };
    assert.equal((await get('answer/link')).status, 503);
    assert.equal((await get('somewhere/else')).status, 404);
  });
});
