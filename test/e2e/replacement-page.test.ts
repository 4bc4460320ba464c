/**
 * A member is replaced from the page, in a real browser: the steps beforehand, the token, how far it is, the removal and
 * the end; closed and opened again in between. A witness goes the other way round. And what was asked for is called off.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ClusterMemberRow } from '#node/web/cluster-admin-port.ts';
import { until } from '../gateway/until.ts';
import { degraded, newcomer, pairWithWitness } from '../node/web/demo-cluster.ts';
import type { RunningWeb } from '../node/web/running-web.ts';
import { DESK, NARROW, type PageStage, PHONE, pageStage } from './page-stage.ts';

const LOST = 'gw-3-0000000a';
const [self, second] = pairWithWitness.members as [ClusterMemberRow, ClusterMemberRow];
const third = { ...newcomer, node: LOST, name: 'gw-3', role: 'voter', alive: false, behind: 9 } as const;
const three = { ...pairWithWitness, condition: 'gateway-gone', members: [self, second, third] } as const;

describe('a replacement on the page of a cluster', () => {
  let stage: PageStage;
  let page: Page;
  let web: RunningWeb;
  before(async () => {
    stage = await pageStage();
    ({ page, web } = stage);
    await stage.signIn();
  });
  after(() => stage?.dispose());

  const dialog = () => page.getByRole('dialog');
  /** As a notice that comes and goes: the page below may say the same for a moment. */
  const told = (text: string): Promise<void> => page.getByRole('alert').getByText(text).first().waitFor();
  const joins = (member: ClusterMemberRow): void => {
    const { cluster } = web.state;
    web.state.cluster = { ...cluster, members: [...cluster.members, member] };
  };
  const commands = (from: number): string[] =>
    web.state.commands.slice(from).map(({ name, by }) => `${name}: ${by.reason}`);
  const seen = async (name: string): Promise<void> => {
    for (const scheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize(DESK);
      await stage.accessible(`${name} ${scheme}`);
      await stage.shot(`${name}-${scheme}`);
    }
    await page.setViewportSize(NARROW);
    await stage.fitsWidth(name);
    await page.setViewportSize(PHONE);
    await stage.shot(`${name}-phone`);
    await page.setViewportSize(DESK);
  };
  const begin = async (name: string, why: string): Promise<void> => {
    await dialog().getByLabel('Why?').fill(why);
    await dialog().getByLabel(`Type ${name} to confirm`).fill(name);
    await dialog().getByRole('button', { name: 'Begin' }).click();
    await dialog().getByText(`${name} is being replaced`).waitFor();
  };

  it('goes through its steps, and goes on when it was closed', async () => {
    web.state.cluster = { ...three, warnings: [], progress: [], divergences: [] };
    const from = web.state.commands.length;
    await page.goto(`${web.url}/cluster`);
    assert.equal(await page.getByRole('button', { name: 'Replace gw-1' }).count(), 0, 'itself');
    await page.getByRole('button', { name: 'Replace gw-3' }).click();
    await page.getByText('A token for the new gateway is made').waitFor();
    await page.getByText('gw-3 is taken out for good').waitFor();
    await seen('replace');
    await begin('gw-3', 'disk broken');
    await dialog().getByText('Waits for the new gateway').waitFor();
    await dialog().getByRole('button', { name: 'Make the token' }).click();
    await dialog().getByText('sealgate cluster join 192.0.2.10:2528 SG1.').waitFor();
    await seen('replace-token');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await page.getByText('Why: disk broken').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Replace gw-2' }).count(), 0, 'one at a time');
    await seen('replace-notice');

    joins({ ...newcomer, engine: null, alive: false, behind: null });
    await page.getByText('gw-4 has joined and has not started yet').waitFor();
    web.state.cluster = { ...three, members: [...three.members, { ...newcomer, behind: 12 }] };
    await page.reload();
    await page.getByRole('button', { name: 'Go on' }).click();
    await dialog().getByText('gw-4 is catching up, 12 events are left').waitFor();
    await seen('replace-behind');
    web.state.cluster = { ...three, members: [...three.members, newcomer] };
    await told('gw-3 has been replaced');
    await dialog().waitFor({ state: 'detached' });
    assert.deepEqual(commands(from), [
      `replace ${LOST}: disk broken`,
      'token gateway: disk broken',
      `remove ${LOST}: disk broken`,
      'replacement ended: disk broken',
    ]);
    assert.deepEqual(
      web.state.cluster.members.map(({ name, role }) => `${name} ${role}`),
      ['gw-1 voter', 'gw-2 voter', 'gw-4 voter'],
    );
  });

  it('lets the one that is there give away its mails first, and tells how far it is', async () => {
    const spare = { ...newcomer, name: 'gw-4' };
    web.state.cluster = { ...three, members: [self, second, { ...third, alive: true }, spare] };
    web.state.drain = { ...web.state.drain, draining: false, left: 5, handedOver: 0 };
    const from = web.state.commands.length;
    await page.goto(`${web.url}/cluster`);
    await page.getByRole('button', { name: 'Replace gw-3' }).click();
    await page.getByText('gw-4 is there, has the whole log').waitFor();
    await begin('gw-3', 'an old machine');
    await dialog().getByText('5 mails are left').waitFor();
    await seen('replace-drain');
    await dialog().getByRole('button', { name: 'Close' }).last().click();
    await until(
      () => commands(from).length === 3,
      20_000,
      () => String(commands(from)),
    );
    assert.equal(commands(from)[2], `drain ${LOST} ended: an old machine`, 'closed, it stays for now');
    web.state.drain = { ...web.state.drain, left: 0, handedOver: 5 };
    await page.getByRole('button', { name: 'Go on' }).click();
    await told('gw-3 has been replaced');
    assert.deepEqual(commands(from).slice(3), [
      `drain ${LOST}: an old machine`,
      `remove ${LOST}: an old machine`,
      'replacement ended: an old machine',
    ]);
  });

  it('takes a witness out first, then asks for the new one', async () => {
    web.state.cluster = pairWithWitness;
    const witness = pairWithWitness.members[2]!;
    const from = web.state.commands.length;
    await page.goto(`${web.url}/cluster`);
    await page.getByRole('button', { name: 'Replace witness-1' }).click();
    await page.getByText('meanwhile one gateway votes').waitFor();
    await begin('witness-1', 'moved to Bremen');
    await dialog().getByText('Waits for the new witness').waitFor();
    await dialog().getByRole('button', { name: 'Make the token' }).click();
    await dialog().getByText('sealgate witness join 192.0.2.10:2528 SG1.').waitFor();
    await seen('replace-witness');
    const again = { ...witness, node: 'witness-2-0000000a', name: 'witness-2' };
    web.state.cluster = { ...pairWithWitness, members: [self, second, again] };
    await told('witness-1 has been replaced');
    assert.deepEqual(
      commands(from).map((command) => command.split(':')[0]),
      [`replace ${witness.node}`, `remove ${witness.node}`, 'token witness', 'replacement ended'],
    );
  });

  it('is called off, with a reason', async () => {
    web.state.cluster = { ...three, warnings: [], progress: [], divergences: [] };
    await page.goto(`${web.url}/cluster`);
    await page.getByRole('button', { name: 'Replace gw-3' }).click();
    await begin('gw-3', 'disk broken');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Call it off' }).click();
    await dialog().getByLabel('Why?').fill('it is back');
    await stage.accessible('call off');
    await dialog().getByRole('button', { name: 'Call it off' }).click();
    await page.getByText('Nobody is being replaced any more').waitFor();
    assert.deepEqual(commands(-1), ['replacement ended: it is back']);
    await page.getByRole('button', { name: 'Replace gw-3' }).waitFor();
  });

  it('calls off a new generation while that is possible', async () => {
    const making = 'a new generation is being made';
    web.state.cluster = { ...degraded['no-majority'], reason: making, progress: [making], mayCallOff: true };
    await page.goto(`${web.url}/cluster`);
    await page.getByRole('button', { name: 'Call off the new generation' }).click();
    await dialog().getByLabel('Why?').fill('they are back');
    await seen('call-off');
    await dialog().getByRole('button', { name: 'Call off the new generation' }).click();
    await page.getByText('this gateway waits for the majority again').last().waitFor();
    assert.deepEqual(commands(-1), ['recovery called off: they are back']);
    web.state.cluster = pairWithWitness;
  });

  it('has heard no complaint of the browser', () => {
    assert.deepEqual(stage.complaints, []);
  });
});
