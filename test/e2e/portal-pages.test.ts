/**
 * Every page of the portal in a browser, light and dark, from 320 pixels on: without a serious finding of axe, none wider
 * than the window, small and quickly there (features.md D5; WCAG 2.2 AA; targets P25).
 *
 * Screenshots go to SEALGATE_TEST_SCREENSHOTS when it is set.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { Opening, PortalDesk, Registered, SessionView, SignedIn } from '#node/portal/desk-port.ts';
import { type DemoPortal, demoPortal, look, valid } from '../node/portal/demo-portal.ts';
import { type TestBrowser, testBrowser } from './browser.ts';
import { accessible, fitsWidth } from './look.ts';

const SCREENSHOTS = process.env.SEALGATE_TEST_SCREENSHOTS;
const DESK = { width: 1280, height: 900 };
const NARROW = { width: 320, height: 700 };
const GZIP_BYTES_MAX = 150 * 1024;

const reply: Opening = {
  kind: 'reply',
  look,
  language: 'en',
  sender: 'doctor@clinic.example',
  charactersMin: 12,
};
const invitation: Opening = { ...reply, kind: 'invitation' };
let opened: Opening = reply;
let signedIn: SignedIn = { kind: 'wrong' };
let registered: Registered = { kind: 'registered' };
let view: SessionView = { ...valid, language: 'en' };

const desk: PortalDesk = {
  open: async () => opened,
  signIn: async () => signedIn,
  confirm: async () => signedIn,
  register: async () => registered,
  view: async ({ session }) => (session === '' ? { kind: 'ended' } : view),
  changePassword: async () => registered,
  setLanguage: async () => {},
  earlier: async () => [{ atMs: 1_770_000_000_000, attachments: 2, sizeBytes: 2_000_000 }],
  submit: async () => ({ kind: 'sent' }),
};

let portal: DemoPortal;
let browser: TestBrowser;
let page: Page;

before(async () => {
  portal = await demoPortal(desk);
  browser = await testBrowser();
  page = await browser.context.newPage();
  page.setDefaultTimeout(20_000);
});
after(async () => {
  await browser?.dispose();
  await portal?.dispose();
});

const go = async (path: string): Promise<void> => void (await page.goto(`${portal.url}/${path}`));

async function session(value: string): Promise<void> {
  await browser.context.addCookies([{ name: 'sealgate-portal', value, url: portal.url }]);
}

async function choosePassword(path: string, result: Registered): Promise<void> {
  registered = result;
  if (path !== 'password') opened = invitation;
  await go(path);
  await page.locator('#password').fill('seven green boats');
  await page.locator('#again').fill('seven green boats');
  await page.locator('main button[type=submit]').first().click();
}

async function signIn(result: SignedIn): Promise<void> {
  signedIn = result;
  await go('answer/link');
  await page.getByLabel('Password').fill('x');
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Each page by the way that leads to it, and a heading or a text that it has then. */
const PAGES: readonly { name: string; open(): Promise<void>; shows: string }[] = [
  { name: 'sign-in', open: () => go('answer/link'), shows: 'Answer securely' },
  { name: 'wrong', open: () => signIn({ kind: 'wrong' }), shows: 'That is not the password' },
  { name: 'locked', open: () => signIn({ kind: 'locked', waitMs: 90_000 }), shows: 'too many wrong' },
  { name: 'code', open: () => signIn({ kind: 'code', pending: 'token' }), shows: 'Enter your code' },
  {
    name: 'wrong-code',
    async open() {
      await signIn({ kind: 'code', pending: 'token' });
      signedIn = { kind: 'wrong' };
      await page.getByLabel('Code').fill('1234 5678');
      await page.getByRole('button', { name: 'Continue' }).click();
    },
    shows: 'That is not the code',
  },
  { name: 'no-desk', open: () => signIn({ kind: 'unavailable' }), shows: 'Not available' },
  {
    name: 'unknown',
    async open() {
      opened = { kind: 'unknown' };
      await go('answer/link');
    },
    shows: 'does not lead anywhere',
  },
  {
    name: 'expired',
    async open() {
      opened = { kind: 'expired', look, language: 'en' };
      await go('answer/link');
    },
    shows: 'has expired',
  },
  {
    name: 'invitation',
    async open() {
      opened = invitation;
      await go('register/link');
    },
    shows: 'Choose a password',
  },
  {
    name: 'refused',
    open: () => choosePassword('register/link', { kind: 'refused', problem: 'too-simple' }),
    shows: 'too easy to guess',
  },
  {
    name: 'registered',
    open: () => choosePassword('register/link', { kind: 'registered' }),
    shows: 'Thank you',
  },
  {
    name: 'used',
    open: () => choosePassword('register/link', { kind: 'used' }),
    shows: 'chosen already',
  },
  { name: 'reply', open: () => signIn({ kind: 'signed-in', session: 'good' }), shows: 'Your answer' },
  {
    name: 'empty',
    async open() {
      await go('reply');
      await page.getByRole('button', { name: 'Send' }).click();
    },
    shows: 'Please write something',
  },
  {
    name: 'sent',
    async open() {
      await go('reply');
      await page.getByLabel('Message').fill('Better, thank you.');
      await page.getByLabel('Attachments').setInputFiles({
        name: 'a.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('x'),
      });
      await page.getByRole('button', { name: 'Send' }).click();
    },
    shows: 'is on its way',
  },
  { name: 'earlier', open: () => go('earlier'), shows: '2 attachments' },
  {
    name: 'password',
    open: () => go('password'),
    shows: 'PDFs from now on',
  },
  {
    name: 'changed',
    open: () => choosePassword('password', { kind: 'registered' }),
    shows: 'The password is changed',
  },
  {
    name: 'signed-out',
    async open() {
      await session('good');
      await go('reply');
      await page.getByRole('button', { name: 'Sign out' }).click();
    },
    shows: 'You are signed out',
  },
  {
    name: 'ended',
    async open() {
      view = { kind: 'ended' };
      await session('old');
      await go('reply');
    },
    shows: 'You were signed out',
  },
];

describe('the pages of the portal', () => {
  for (const scheme of ['light', 'dark'] as const) {
    it(`can be used by everybody, ${scheme}, on a desk and at 320 pixels`, async () => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await session('good');
      view = {
        ...valid,
        language: 'en',
        subject: 'Your results, with a ReallyLongWordThatDoesNotFitAnywhereAtAll',
      };
      for (const { name, open, shows } of PAGES) {
        opened = reply;
        await page.setViewportSize(DESK);
        await open();
        await page.getByText(shows).first().waitFor();
        await accessible(page, `${name} ${scheme}`);
        await page.setViewportSize(NARROW);
        await fitsWidth(page, `${name} ${scheme}`);
        await accessible(page, `${name} ${scheme} narrow`);
        if (SCREENSHOTS) {
          await page.screenshot({ path: join(SCREENSHOTS, `portal-${name}-${scheme}.png`), fullPage: true });
        }
      }
    });
  }

  it('have titles, one main heading, a language, and names for what can be typed into', async () => {
    view = { ...valid, language: 'fr' };
    await session('good');
    await go('reply');
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
    assert.equal(await page.locator('h1').count(), 1);
    assert.match(await page.title(), /Klinik <Süd>/);
    await page.keyboard.press('Tab');
    const focused = await page.evaluate('document.activeElement !== document.body');
    assert.ok(focused, 'by the keyboard');
  });

  it('are small with everything they load (targets P25)', async () => {
    const bytes: number[] = [];
    page.on('response', (response) => {
      void response.body().then(
        (body) => bytes.push(gzipSync(body).length),
        () => {},
      );
    });
    await page.goto(`${portal.url}/reply`, { waitUntil: 'networkidle' });
    const sum = bytes.reduce((total, one) => total + one, 0);
    assert.ok(bytes.length >= 4 && sum < GZIP_BYTES_MAX, `${bytes.length} answers, ${sum} octets`);
  });
});
