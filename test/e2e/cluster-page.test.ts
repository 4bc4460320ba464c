/**
 * What the page shows of a cluster, in a real browser: each condition in plain words, mails of other gateways, making a
 * cluster, tokens, removing a member, going on without the lost ones. Light, dark, on a phone.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { momentOf } from '#node/web/trace-index.ts';
import { type MailParts, NO_PARTS } from '#node/web/trace-records.ts';
import { until } from '../gateway/until.ts';
import { degraded, glanceOf, pairWithWitness, single } from '../node/web/demo-cluster.ts';
import { healthy } from '../node/web/demo-ports.ts';
import type { RunningWeb } from '../node/web/running-web.ts';
import { journals } from '../node/web/trace-fixture.ts';
import { DESK, NARROW, type PageStage, PHONE, pageStage } from './page-stage.ts';

const COPIES = {
  mirrored: 12,
  unmirrored: 0,
  held: 9,
  adopted: 4,
  possibleDoubles: 0,
  returning: false,
  leaving: false,
  refusing: false,
};

/** The beginning of each sentence, on the page Cluster and in the alarm of the overview. */
const WORDS: Readonly<Record<string, string>> = {
  'gateway-gone': 'No answer from gw-2',
  'witness-gone': 'No answer from the witness witness-1',
  'one-copy': 'Mail has one copy only: no answer from gw-2',
  'no-second-copy': 'No mail is accepted: no answer from gw-2, gw-3',
  'pair-apart': 'The other gateway cannot be reached',
  'no-majority': 'from the majority',
  'cut-off': 'No mail is accepted: this gateway is cut off',
  superseded: 'went on without this gateway',
  'changes-stopped': 'the disk failed a sync',
};

describe('the page of a cluster', () => {
  let stage: PageStage;
  let page: Page;
  let web: RunningWeb;
  before(async () => {
    stage = await pageStage();
    ({ page, web } = stage);
    await stage.signIn();
  });
  after(() => stage?.dispose());
  const accessible = (name: string): Promise<void> => stage.accessible(name);
  const fitsWidth = (name: string): Promise<void> => stage.fitsWidth(name);
  const shot = (name: string): Promise<void> => stage.shot(name);

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
    await page.locator('button:focus', { hasText: 'Let another in' }).waitFor(); // Where it was opened.
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

  it('removes nobody when its dialog is closed meanwhile', async () => {
    web.state.cluster = degraded['gateway-gone'];
    web.state.drain = { ...web.state.drain, draining: false, left: 5, handedOver: 0 };
    const before = web.state.commands.length;
    await page.goto(`${web.url}/cluster`);
    await page.getByRole('button', { name: 'Remove gw-3' }).click();
    await page.getByLabel('Why?').fill('the wrong machine');
    await page.getByLabel('Type gw-3 to confirm').fill('gw-3');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('5 mails are left').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    const names = (): string[] => web.state.commands.slice(before).map(({ name }) => name);
    await until(
      () => names().length === 2,
      20_000,
      () => String(names()),
    );
    assert.deepEqual(names(), ['drain gw-3-0000000a', 'drain gw-3-0000000a ended']);
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

  it('needs nobody named where only the own database of the operator has lost what it held', async () => {
    web.state.cluster = { ...degraded['changes-stopped'], external: 'https://etcd.example.org:2379' };
    await page.goto(`${web.url}/cluster`);
    await page.getByRole('button', { name: 'Go on without the lost ones' }).click();
    await page.getByText('name none').waitFor();
    await page.getByLabel('Why?').fill('its disk died');
    await page.getByLabel('Type gw-1 to confirm').fill('gw-1');
    await accessible('recover, external');
    await page.getByRole('dialog').getByRole('button', { name: 'Go on without the lost ones' }).click();
    await page.getByText('The new generation is being made').first().waitFor();
    assert.equal(web.state.commands.at(-1)?.name, 'recover ');
    web.state.cluster = pairWithWitness;
  });

  it('has heard no complaint of the browser', () => {
    assert.deepEqual(stage.complaints, []);
  });
});
