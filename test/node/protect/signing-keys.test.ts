/** What a person signs with while the log takes no changes: what is good today serves, what has to be made waits. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LogError } from '#consensus/event-log.ts';
import { certificateAuthority } from '#node/ca/certificate-authority.ts';
import { type Equip, signingKeys } from '#node/protect/signing-keys.ts';
import { ReadModels } from '#projections/read-models.ts';
import { meta, type ScratchGateway, SETTINGS, scratchGateway } from '../ca/scratch-gateway.ts';

const DAY_MS = 86_400_000;
const ALICE = 'alice@example.org';
const models = new ReadModels();
let gateway: ScratchGateway;
let endsMs: number;

before(async () => {
  gateway = await scratchGateway();
  const authority = certificateAuthority(gateway.ports, SETTINGS);
  await authority.ensure(meta());
  await authority.enrol({ address: ALICE, name: 'Alice', atFirstNeed: false }, meta());
  for (const event of await gateway.events()) models.apply(event);
  endsMs = models.people.person(ALICE)?.smime?.notAfter ?? 0;
});
after(() => gateway.stop());

/** A renewal that ends so. */
const failing =
  (error: Error): Equip =>
  () =>
    Promise.reject(error);

describe('a certificate that is to be renewed', () => {
  const noQuorum = failing(new LogError('no-quorum', 'cut off'));

  it('serves until its end while no changes can be made', async () => {
    const nowMs = (): number => endsMs - 10 * DAY_MS;
    const { smime } = await signingKeys({ models, equip: noQuorum, nowMs }, ALICE, 'smime');
    assert.ok(smime);
  });

  it('does not serve when it could have been renewed, nor after its end', async () => {
    const ending = (): number => endsMs - 10 * DAY_MS;
    const ended = (): number => endsMs + DAY_MS;
    const fault = failing(new Error('a fault'));
    await assert.rejects(signingKeys({ models, equip: fault, nowMs: ending }, ALICE, 'smime'), /a fault/);
    const late = signingKeys({ models, equip: noQuorum, nowMs: ended }, ALICE, 'smime');
    await assert.rejects(late, { code: 'no-quorum' });
  });

  it('that was never made waits', async () => {
    const nowMs = (): number => endsMs - 10 * DAY_MS;
    const asked = signingKeys({ models, equip: noQuorum, nowMs }, 'bert@example.org', 'smime');
    await assert.rejects(asked, { code: 'no-quorum' });
  });
});
