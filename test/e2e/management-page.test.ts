/**
 * The management in a real browser: signs in, visits each page in light, dark and on a phone, without a finding of axe
 * that matters and without a word of the browser's own about the page (a blocked style, a failed request, an exception).
 *
 * Screenshots go to SEALGATE_TEST_SCREENSHOTS when it is set.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { momentOf } from '#node/web/trace-index.ts';
import { type MailParts, NO_PARTS } from '#node/web/trace-records.ts';
import { until } from '../gateway/until.ts';
import { degraded, glanceOf, pairWithWitness, single } from '../node/web/demo-cluster.ts';
import { healthy } from '../node/web/demo-ports.ts';
import { PASSWORD, type RunningWeb, runningWeb } from '../node/web/running-web.ts';
import { journals, MAIL_ID, writeJournals } from '../node/web/trace-fixture.ts';
import { type TestBrowser, testBrowser } from './browser.ts';
import * as look from './look.ts';

const SCREENSHOTS = process.env.SEALGATE_TEST_SCREENSHOTS;
const PHONE = { width: 360, height: 740 };
const NARROW = { width: 320, height: 700 };
const PAGE_GZIP_BYTES_MAX = 500 * 1024;
const DESK = { width: 1280, height: 900 };

const PAGES: readonly { name: string; path: string; shows: string }[] = [
  { name: 'overview', path: '/', shows: 'All is well' },
  { name: 'mails', path: '/mails', shows: 'petra@partner.example' },
  { name: 'mail', path: `/mails/${MAIL_ID}`, shows: 'Greylisted' },
  { name: 'certificates', path: '/certificates', shows: 'petra@partner.example' },
  { name: 'certificate', path: `/certificates/smime/${'1a'.repeat(32)}`, shows: 'Partner Mail CA' },
  { name: 'people', path: '/people', shows: 'anna@example.org' },
  { name: 'rules', path: '/rules', shows: 'Outgoing' },
  { name: 'pdf', path: '/pdf', shows: 'Passwords in force' },
  { name: 'log', path: '/log', shows: 'Rules published' },
  { name: 'cluster', path: '/cluster', shows: 'flows on every gateway' },
  { name: 'operators', path: '/operators', shows: 'Administrator' },
  { name: 'mailbox', path: '/mailbox', shows: 'Our offer' },
  { name: 'password', path: '/password', shows: 'All your other sessions' },
];

const COPIES = {
  mirrored: 12,
  unmirrored: 0,
  held: 9,
  adopted: 4,
  possibleDoubles: 0,
  returning: false,
  leaving: false,
};

/** The beginning of each sentence, on the page Cluster and in the alarm of the overview. */
const WORDS: Readonly<Record<string, string>> = {
  'gateway-gone': 'No answer from gw-2',
  'witness-gone': 'No answer from the witness witness-1',
  'one-copy': 'Mail has one copy only: no answer from gw-2',
  'no-second-copy': 'No mail is accepted: no answer from gw-2, gw-3',
  'pair-apart': 'The other gateway cannot be reached',
  'no-majority': 'from the majority',
  superseded: 'went on without this gateway',
  'changes-stopped': 'the disk failed a sync',
};

describe('the management page', () => {
  const built = mkdtempSync(join(tmpdir(), 'sealgate-page-'));
  let web: RunningWeb;
  let browser: TestBrowser;
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    const vite = [
      'node_modules/vite/bin/vite.js',
      'build',
      'admin-ui',
      '--outDir',
      built,
      '--logLevel',
      'error',
    ];
    const build = spawnSync(process.execPath, vite, { encoding: 'utf8' });
    assert.equal(build.status, 0, build.stderr);
    web = await runningWeb({ pageRoot: built, prepare: writeJournals });
    await web.addOperator('admin', ['administrator']);
    browser = await testBrowser();
    page = await browser.context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => {
      const provoked = /Failed to load resource.* (401|422) /.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !provoked) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(web.url) && !request.url().startsWith('data:')) {
        complaints.push(`asked elsewhere: ${request.url()}`);
      }
    });
  });
  after(async () => {
    await browser?.dispose();
    await web?.dispose();
    rmSync(built, { recursive: true, force: true });
  });

  async function shot(name: string): Promise<void> {
    if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  }

  const accessible = (name: string): Promise<void> => look.accessible(page, name);
  const fitsWidth = (name: string): Promise<void> => look.fitsWidth(page, name);

  it('is small, all pages and languages together (targets P25)', async () => {
    const names = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(js|css|html)$/.test(name),
    );
    const bytes = names.reduce((sum, name) => sum + gzipSync(readFileSync(join(built, name))).length, 0);
    assert.ok(bytes <= PAGE_GZIP_BYTES_MAX, `${bytes} octets`);
    await page.goto(web.url);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('signs in, and says when the password is wrong', async () => {
    await page.goto(web.url);
    await page.locator('input[autocomplete=username]').fill('admin');
    await page.locator('input[autocomplete=current-password]').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Name or password is wrong.').waitFor();
    await accessible('sign-in');
    await shot('sign-in');
    await page.locator('input[autocomplete=current-password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('All is well').waitFor();
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`shows each page, ${scheme}, on a desk and on a phone`, async () => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const { name, path, shows } of PAGES) {
        await page.setViewportSize(DESK);
        await page.goto(`${web.url}${path}`);
        await page.getByText(shows).first().waitFor();
        await accessible(`${name} ${scheme}`);
        await shot(`${name}-${scheme}`);
        await page.setViewportSize(PHONE);
        await page.goto(`${web.url}${path}`);
        await page.getByText(shows).first().waitFor();
        await fitsWidth(`${name} ${scheme}`);
        await shot(`${name}-${scheme}-phone`);
      }
      await page.setViewportSize(DESK);
    });
  }

  it('takes a change of the rules from the cards to what is in force', async () => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.goto(`${web.url}/rules`);
    await page.getByRole('button', { name: 'Change the rules' }).click();
    await page.getByRole('button', { name: 'Add a rule at the beginning' }).click();
    await page.getByLabel('Name of the rule').fill('Confidential');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByLabel('Condition', { exact: true }).last().selectOption('subjectContains');
    await page.getByRole('button', { name: 'Add an action' }).click();
    await accessible('rule editor');
    await shot('rule-editor');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText("'hold' must stand alone in its pass").first().waitFor();
    await page.getByRole('button', { name: 'Remove this action' }).last().click();
    await page.getByText('Source (YAML)').click();
    await page.getByLabel('Source (YAML)').last().waitFor();
    await accessible('rule source');
    await shot('rule-source');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('There is a draft that is not in force').waitFor();
    await page.getByRole('tab', { name: 'Difference' }).click();
    await page.getByText('name: Confidential').waitFor();
    await accessible('difference');
    await shot('rule-difference');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByLabel('Why?').fill('the board asked for it');
    await accessible('publish');
    await shot('rule-publish');
    await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await page.getByText('There is a draft that is not in force').waitFor({ state: 'detached' });
    assert.equal(web.state.published.rules[0]?.name, 'Confidential');
    assert.equal(web.state.commands.at(-1)?.by.reason, 'the board asked for it');
    await page.getByRole('tab', { name: 'Try a mail' }).click();
    await page.getByLabel('Recipients').fill('petra@partner.example');
    await page.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByText('leaves signed and encrypted by S/MIME').waitFor();
    await accessible('dry run');
    await shot('dry-run');
  });

  it('imports a file, asks for its password, and reports each entry', async () => {
    await page.goto(`${web.url}/certificates`);
    await page.getByRole('button', { name: 'Import' }).click();
    const file = { name: 'petra.p12', mimeType: 'application/x-pkcs12', buffer: Buffer.from('x') };
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByLabel('Password of petra.p12').fill('geheim');
    await page.keyboard.press('Enter');
    await page.getByText('it names no mail address').waitFor();
    await accessible('import');
    await shot('import');
    await page.keyboard.press('Escape');
  });

  it('decides about trust with a reason, and saves an export', async () => {
    await page.goto(`${web.url}/certificates/openpgp/${'4d'.repeat(20)}`);
    await page.getByRole('button', { name: 'Trust', exact: true }).click();
    await page.getByLabel('Why?').fill('fingerprint compared');
    await page.getByRole('dialog').getByRole('button', { name: 'Trust' }).click();
    await page.getByText('in use').waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'OpenPGP, as text' }).waitFor();
    await accessible('export menu');
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'OpenPGP, as text' }).click();
    assert.equal((await download).suggestedFilename(), 'c.openpgp-armored');
  });

  it('shows a template of PDFs before it is saved, as it is typed', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize(DESK);
      await page.goto(`${web.url}/pdf`);
      await page.getByRole('tab', { name: 'Policy' }).click();
      await page.getByText('Bits').first().waitFor();
      await accessible(`pdf policy ${scheme}`);
      await page.getByRole('tab', { name: 'Templates' }).click();
      const picture = page.getByRole('img', { name: 'Cover as it will look' });
      await picture.waitFor();
      const before = await picture.getAttribute('src');
      const isDrawn = (): Promise<boolean> =>
        page.evaluate("document.querySelector('img.sg-sheet').naturalWidth > 0");
      await page.getByLabel('Title of the cover').fill('Grüße aus dem Norden');
      const typed = async (): Promise<boolean> =>
        (await picture.getAttribute('src')) !== before && (await isDrawn());
      await until(typed, 20_000, () => 'the preview does not follow');
      await accessible(`pdf template ${scheme}`);
      await shot(`pdf-template-${scheme}`);
      await page.setViewportSize(NARROW);
      await fitsWidth(`pdf template ${scheme}`);
      await shot(`pdf-template-${scheme}-320`);
      await page.getByLabel('Language of the texts').selectOption('de');
      await page.getByLabel('What to look at').selectOption('notice');
      await page.getByText('xxxx-xxxx-xxxx-xxxx').waitFor();
      await page.getByLabel('What to look at').selectOption('mail');
      await page.getByText('Verschlüsselte Nachricht von alice@').waitFor();
      await accessible(`pdf carrier ${scheme}`);
      await fitsWidth(`pdf carrier ${scheme}`);
    }
    assert.ok(web.state.commands.every(({ name }) => name !== 'set template'));
    await page.setViewportSize(DESK);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  });

  for (const [condition, cluster] of Object.entries(degraded)) {
    it(`tells in plain words: ${condition}`, async () => {
      const { writable, reason } = cluster;
      const log = { ...healthy.log!, writable, reason };
      const status = { ...healthy, log, cluster: glanceOf(cluster), copies: COPIES };
      Object.assign(web.state, { cluster, status });
      const dark = condition.length % 2 === 0; // Each scheme has its share; all colours are in both.
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
      for (const [place, path] of [
        ['cluster', '/cluster'],
        ['overview', '/'],
      ] as const) {
        await page.setViewportSize(DESK);
        await page.goto(`${web.url}${path}`);
        await page.getByText(WORDS[condition]!).first().waitFor();
        if (place === 'cluster') await page.getByText('Ours, with a copy elsewhere').waitFor();
        await accessible(`${place} ${condition}`);
        await shot(`${place}-${condition}`);
        await page.setViewportSize(PHONE);
        await page.goto(`${web.url}${path}`);
        await page.getByText(WORDS[condition]!).first().waitFor();
        await fitsWidth(`${place} ${condition}`);
        await shot(`${place}-${condition}-phone`);
      }
      await page.setViewportSize(DESK);
      Object.assign(web.state, { cluster: pairWithWitness, status: healthy });
    });
  }

  it('names the gateways of a mail, and one that gives no answer', async () => {
    const spoolId = journals.receive[0]!.spoolId;
    const received = journals.receive[0] as unknown as NonNullable<MailParts['received']>;
    web.state.askTraces = async (question) => {
      const mails = [{ spoolId, parts: { ...NO_PARTS, received } }];
      const moments = question.ask === 'find' ? [momentOf({ ...NO_PARTS, received }, spoolId)] : [];
      const own = { of: null, moments: [], next: null, mails: [] };
      return [
        { node: 'gw-1-a', name: 'gw-1', sources: [own, { of: 'gw-2-b', moments, next: null, mails }] },
        { node: 'gw-2-b', name: 'gw-2', sources: null },
        { node: 'gw-3-c', name: 'gw-3', sources: null },
      ];
    };
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const [name, path] of [
        ['mails-cluster', '/mails'],
        ['mail-cluster', `/mails/${spoolId}`],
      ] as const) {
        await page.setViewportSize(DESK);
        await page.goto(`${web.url}${path}`);
        await page.getByText('gw-2 (from a copy)').first().waitFor();
        await page.getByText('No answer from gw-3').waitFor();
        await accessible(`${name} ${scheme}`);
        await shot(`${name}-${scheme}`);
        await page.setViewportSize(NARROW);
        await page.goto(`${web.url}${path}`);
        await page.getByText('No answer from gw-2').waitFor();
        await shot(`${name}-${scheme}-narrow`);
        await fitsWidth(`${name} ${scheme}`);
      }
    }
    await page.setViewportSize(DESK);
    web.state.askTraces = null;
  });

  it('makes a cluster, and a token that is shown once', async () => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    web.state.cluster = single;
    await page.goto(`${web.url}/cluster`);
    await page.getByText('This gateway is on its own').waitFor();
    await accessible('single');
    await shot('cluster-single');
    await page.getByRole('button', { name: 'Make a cluster' }).click();
    await page.getByText('etcd 3.5.33 is started').waitFor();
    await accessible('form a cluster');
    await shot('cluster-form');
    await page.getByRole('dialog').getByRole('button', { name: 'Make a cluster' }).click();
    await page.getByRole('button', { name: 'Let another in' }).waitFor();
    await page.setViewportSize(PHONE);
    await page.getByRole('button', { name: 'Let another in' }).click();
    await page.getByRole('radio', { name: 'Follower' }).check();
    await accessible('token, role');
    await shot('cluster-token-role');
    await page.getByRole('button', { name: 'Make the token' }).click();
    await page.getByText('sealgate cluster join 192.0.2.10:2528 SG1.').waitFor();
    await accessible('token');
    assert.deepEqual(
      web.state.commands.slice(-2).map(({ name }) => name),
      ['init', 'token gateway'],
    );
    await fitsWidth('token');
    await shot('cluster-token-phone');
    await page.setViewportSize(DESK);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('SG1.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Let another in' }).click();
    await page.getByRole('button', { name: 'Make the token' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('removes a member after its name was typed, and tells how far it is', async () => {
    web.state.cluster = degraded['gateway-gone'];
    await page.setViewportSize(NARROW);
    await page.goto(`${web.url}/cluster`);
    await page.getByRole('button', { name: 'Remove gw-3' }).click();
    await page.getByText('gw-3 accepts no more mail').waitFor();
    const remove = page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true });
    await page.getByLabel('Why?').fill('an old machine');
    assert.ok(await remove.isDisabled());
    await page.getByLabel('Type gw-3 to confirm').fill('gw-3');
    await accessible('remove a member');
    await fitsWidth('remove a member');
    await shot('cluster-remove-narrow');
    await remove.click();
    await page.getByText('5 mails are left').waitFor();
    await accessible('giving away');
    await shot('cluster-drain-narrow');
    web.state.drain = { ...web.state.drain, left: 0, handedOver: 5 };
    await page.getByText('gw-3 is no member any more').waitFor();
    assert.deepEqual(
      web.state.commands.slice(-2).map(({ name, by }) => `${name}: ${by.reason}`),
      ['drain gw-3-0000000a: an old machine', 'remove gw-3-0000000a: an old machine'],
    );
    await page.setViewportSize(DESK);
    web.state.cluster = pairWithWitness;
  });

  it('goes on without the lost ones, when it is said who is off', async () => {
    for (const scheme of ['dark', 'light'] as const) {
      web.state.cluster = degraded['no-majority'];
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.goto(`${web.url}/cluster`);
      await page.getByRole('button', { name: 'Go on without the lost ones' }).click();
      await page.getByRole('checkbox', { name: 'gw-2' }).check();
      await page.getByLabel('Why?').fill('fire in Hamburg');
      await page.getByLabel('Type gw-1 to confirm').fill('gw-1');
      await accessible(`recover ${scheme}`);
      await shot(`cluster-recover-${scheme}`);
      await page.getByRole('dialog').getByRole('button', { name: 'Go on without the lost ones' }).click();
      await page.getByText('The new generation is being made').first().waitFor();
      const { name, by } = web.state.commands.at(-1)!;
      assert.equal(`${name}: ${by.reason}`, 'recover gw-2-0000000a: fire in Hamburg');
    }
    web.state.cluster = pairWithWitness;
  });

  it('sends a sample from the mailbox', async () => {
    await page.goto(`${web.url}/mailbox`);
    await page.getByRole('button', { name: 'Send with OpenPGP' }).click();
    await page.getByText('OpenPGP, encrypted').first().waitFor();
  });

  it('speaks German and Dutch', async () => {
    for (const [language, title] of [
      ['de', 'Regeln'],
      ['nl', 'Regels'],
    ] as const) {
      await page.goto(`${web.url}/rules`);
      await page.locator('nav select').selectOption(language);
      await page.getByRole('heading', { name: title, exact: true }).waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), language);
      await shot(`rules-${language}`);
    }
    await page.locator('nav select').selectOption('en');
  });

  it('leads back to the sign-in when the session has ended', async () => {
    await page.goto(`${web.url}/people`);
    await page.getByText('anna@example.org').first().waitFor();
    web.advance(24 * 3_600_000);
    await page.getByLabel('Search').fill('ben');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('has heard no complaint of the browser', () => {
    assert.deepEqual(complaints, []);
  });
});
