/**
 * The first minute of a newcomer, in a real browser over the whole real gateway: starts it, signs in with the password it
 * printed, sends a sample, sees it leave encrypted, reads it as the partner, answers, sees the answer arrive opened.
 *
 * Screenshots go to SEALGATE_TEST_SCREENSHOTS when it is set.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { submit } from '../gateway/submit.ts';
import { type TestBrowser, testBrowser } from './browser.ts';
import { builtPage } from './built-page.ts';
import { runTryOut, type TryOut } from './try-out-gateway.ts';

const SCREENSHOTS = process.env.SEALGATE_TEST_SCREENSHOTS;
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };
const SECRET = 'Only you can read them';

describe('the first minute', () => {
  let gateway: TryOut;
  let browser: TestBrowser;
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    builtPage();
    gateway = await runTryOut();
    browser = await testBrowser();
    page = await browser.context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(gateway.webUrl) && !request.url().startsWith('data:')) {
        complaints.push(`asked elsewhere: ${request.url()}`);
      }
    });
  });
  after(async () => {
    await browser?.dispose();
    await gateway?.remove();
  });

  /** Without the notes that go by themselves; a phone's as far as its screen goes. */
  async function shot(name: string): Promise<void> {
    if (!SCREENSHOTS) return;
    const notes = page.locator('.mantine-Notification-closeButton');
    while ((await notes.count()) > 0) await notes.first().click();
    await page.locator('.mantine-Notification-root').first().waitFor({ state: 'detached' });
    const fullPage = page.viewportSize()?.width !== PHONE.width;
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage });
  }

  const row = (text: string | RegExp) => page.locator('button.sg-row-button').filter({ hasText: text });
  const source = () =>
    page
      .getByLabel('Source')
      .textContent()
      .then((text) => text ?? '');

  it('says where the page is, and the password for it', async () => {
    const output = gateway.output();
    assert.ok(output.includes(`Admin page   ${gateway.webUrl}/`), output);
    const password = /password (\S+) \(shown only now\)/.exec(output)?.[1] ?? '';
    await page.goto(gateway.webUrl);
    await page.locator('input[autocomplete=username]').fill('admin');
    await page.locator('input[autocomplete=current-password]').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Mailbox', exact: true }).click();
    await page.getByText('Nothing has left yet').waitFor();
  });

  it('shows the sample as it left, closed, and as the partner reads it', async () => {
    await page.getByRole('button', { name: 'Send with S/MIME' }).click();
    await row('S/MIME, encrypted').click();
    await page.getByText('As the partner reads it').waitFor();
    await page.getByText('Was encrypted, and has been opened').waitFor();
    await page.getByText('The signature is valid').waitFor();
    await page.getByText('Signed by alice@example.org').waitFor();
    await page.getByText(SECRET).waitFor();
    const text = await source();
    assert.match(text, /application\/pkcs7-mime; smime-type=enveloped-data/);
    assert.ok(!text.includes(SECRET));
    await shot('try-out-sent');
  });

  it('takes an encrypted answer in, opened and judged', async () => {
    await page.getByRole('button', { name: 'Answer encrypted' }).click();
    await row('Re: Laboratory results').getByText('opened and checked').click();
    await page.getByText('What the gateway tells the reader').waitFor();
    await page.getByRole('status').getByText('Valid signature of the sender: bob@partner.example').waitFor();
    const text = await source();
    assert.match(text, /This answer is signed and encrypted, too/);
    assert.match(text, /^X-Sealgate-Status: .*status=decrypted-verified/ms);
    await shot('try-out-answer');
  });

  it('does the same with OpenPGP', async () => {
    await page.getByRole('button', { name: 'Send with OpenPGP' }).click();
    await row('OpenPGP, encrypted').click();
    await page.getByText('Signed by alice@example.org').waitFor();
    await page.getByText(SECRET).waitFor();
    assert.ok(!(await source()).includes(SECRET));
    await page.getByRole('button', { name: 'Answer encrypted' }).click();
    await row(/bob\+pgp@partner\.example → alice/).click();
    await page
      .getByRole('status')
      .getByText('Valid signature of the sender: bob+pgp@partner.example')
      .waitFor();
  });

  it('shows a mail of any mail program, and gives one back that cannot be protected', async () => {
    const mail =
      'From: Carol <carol@example.org>\r\nTo: stranger@elsewhere.example\r\nSubject: Plans\r\n' +
      'Message-ID: <plans@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nsecret plans\r\n';
    await submit(gateway.insidePort, {
      from: 'carol@example.org',
      to: ['stranger@elsewhere.example'],
      mail,
    });
    await row('carol@example.org').first().click();
    await page.getByText('As the recipient reads it').waitFor();
    assert.ok(!(await source()).includes('secret plans'), 'nothing left in clear');
  });

  it('tells the way of each mail', async () => {
    await page.getByRole('link', { name: 'Mails', exact: true }).click();
    await page.getByText('bob@partner.example').first().waitFor();
    await shot('try-out-mails');
    await page.locator('a[href^="/mails/"]').filter({ hasText: 'bob@partner.example' }).last().click();
    await page.getByText('S/MIME').first().waitFor();
    await shot('try-out-mail');
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`fits a desk and a phone, ${scheme}`, async () => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const [size, name] of [
        [DESK, 'desk'],
        [PHONE, 'phone'],
      ] as const) {
        await page.setViewportSize(size);
        for (const path of ['', 'mailbox', 'certificates', 'mails', 'rules', 'people', 'log']) {
          await page.goto(`${gateway.webUrl}/${path}`);
          await page.locator('h1, h2').first().waitFor();
          if (SCREENSHOTS) await page.waitForLoadState('networkidle');
          if (path === 'mailbox') {
            await row('S/MIME, encrypted').click();
            await page.getByText(SECRET).waitFor();
          }
          const over = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
          assert.ok(over <= 0, `/${path} ${name} is ${over} px too wide`);
          await shot(`try-out-${path || 'overview'}-${scheme}-${name}`);
        }
      }
    });
  }

  it('asks nothing of any other machine', () => {
    assert.deepEqual(complaints, []);
  });
});
