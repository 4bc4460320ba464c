/**
 * The whole way of a patient, in a browser, through a cluster of which one gateway dies half-way (features.md D3, D5):
 * the PDF is opened with its password, its button followed, an answer begun on one gateway and sent on another; the
 * doctor gets it protected, the patient has a copy under the same password.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { type TestBrowser, testBrowser } from '../e2e/browser.ts';
import { accessible } from '../e2e/look.ts';
import { freePort } from '../free-port.ts';
import type { CapturedMail } from '../gateway/mail-catcher.ts';
import { passwordIn, pdfOf } from '../gateway/pdf-partner.ts';
import { alice, pdfStage } from '../gateway/pdf-stage.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { readByPdfJs } from '../node/pdf/pdf-reader.ts';
import { killAll } from './kill-gateway.ts';
import { type PortalFront, portalFront } from './portal-front.ts';
import { ScratchCluster } from './run-cluster.ts';

const PUBLIC = 'https://portal.example.org';
const WITHIN_MS = 180_000;
const patient = 'patient@partner.example';
const PHOTO = { name: 'knee.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(200_000, 7) };

let cluster: ScratchCluster;
let front: PortalFront;
let browser: TestBrowser;
let dies: Gateway;
let stay: Gateway[];

before(async () => {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const settingsOf = (port: number) => ({ portal: { port } });
  cluster = await ScratchCluster.start({ settings: settingsOf(ports[1]!) });
  await cluster.init();
  // The first gateway stays: the one that dies has joined it.
  dies = await cluster.join('auto', cluster.first, settingsOf(ports[0]!));
  await cluster.join('auto', cluster.first, settingsOf(ports[2]!));
  await cluster.voting(3);
  for (const gateway of cluster.gateways) await cluster.whole(gateway);
  stay = cluster.gateways.filter((gateway) => gateway !== dies);
  front = await portalFront(ports);
  browser = await testBrowser();
});
after(async () => {
  await browser?.dispose();
  await front?.close();
  await cluster?.remove();
});

/** A mail that left from whichever gateway that is alive. */
async function arrived(to: string, matches: (mail: CapturedMail) => boolean): Promise<CapturedMail> {
  const found = () =>
    stay.flatMap((g) => [...g.delivered]).find((mail) => mail.recipients.includes(to) && matches(mail));
  await until(
    () => found() !== undefined,
    WITHIN_MS,
    () => `nothing for ${to}\n${cluster.output()}`,
  );
  return found()!;
}

async function rulesForAll(): Promise<void> {
  const stage = pdfStage(dies);
  await dies.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  await dies.admin.change('certificates.createKeys', { address: alice, technology: 'smime', reason: 'test' });
  await stage.setPolicy({ portalUrl: PUBLIC });
  const encrypt = (method: 'pdf' | 'smime') => ({
    actions: [
      { do: 'encrypt' as const, methods: [method], otherwise: 'hold' as const, headers: 'copied' as const },
    ],
  });
  await stage.publish([
    { name: 'incoming', when: { direction: 'incoming' }, passes: [encrypt('smime')] },
    { name: 'outgoing', when: { direction: 'outgoing' }, passes: [encrypt('pdf')] },
  ]);
  for (const gateway of stay) await cluster.appears(gateway, 'example.org');
}

const draftOf = (page: Page): Promise<string> => page.getByLabel('Message').inputValue();

describe('a patient', () => {
  it('answers although the gateway dies while she writes', async () => {
    await rulesForAll();
    const stage = pdfStage(dies);
    const id = await stage.send({ to: [patient], subject: 'Your knee', body: 'How is the knee today?' });
    const password = passwordIn(await stage.noticeAbout(id), patient);
    const letter = await readByPdfJs(pdfOf(await stage.carrierFor(patient, id)), password);
    assert.match(letter.text, /How is the knee today\?/);
    assert.equal(letter.links.length, 1);

    const page = await browser.context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(letter.links[0]!.replace(PUBLIC, front.url));
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Your knee').waitFor();
    await page.getByLabel('Message').pressSequentially('Better. ');
    await page.getByText('kept in this browser window').waitFor();
    await accessible(page, 'answer');

    await killAll(dies);
    await page.getByLabel('Message').pressSequentially('I send a photo.');
    await until(
      async () => (await page.reload().catch(() => null))?.status() === 200,
      WITHIN_MS,
      () => cluster.output(),
    );
    assert.equal(await draftOf(page), 'Better. I send a photo.', 'what was written is still there');
    await page.getByLabel('Attachments').setInputFiles(PHOTO);
    // Until the others have noticed that it is gone, there may be no majority for some seconds.
    await until(
      async () => {
        await page.locator('form#reply button[type=submit]').click();
        const sent = page.getByRole('heading', { name: 'Your answer is on its way' });
        return sent.waitFor({ timeout: 20_000 }).then(
          () => true,
          () => false,
        );
      },
      WITHIN_MS,
      () => cluster.output(),
    );
    await accessible(page, 'sent');

    const answer = await arrived(alice, (mail) => mail.sender === patient);
    assert.match(answer.text, /smime-type=enveloped-data/, 'protected to the doctor');
    assert.doesNotMatch(answer.text, /I send a photo|knee\.jpg/);
    const copy = await arrived(patient, (mail) => mail.sender === alice && mail.text.includes('pdf'));
    const own = await readByPdfJs(pdfOf(copy), password);
    assert.match(own.text, /Better\. I send a photo\./);
    assert.deepEqual(own.attachments, ['knee.jpg']);
    const answers = stay.flatMap((g) => g.delivered).filter((mail) => mail.sender === patient);
    assert.equal(answers.length, 1, 'once');
  });
});
