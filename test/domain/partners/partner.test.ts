/** What a partner announced is remembered once, never by an old mail, and an operator's choice stands above it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Capability,
  capabilitiesInUse,
  type PartnerEvent,
  partnerDecider,
} from '#domain/partners/partner.ts';
import { specification } from '../specification.ts';

const { given } = specification(partnerDecider);
const day = 86_400_000;
const address = 'Bob@partner.example';
const gcm: Capability = { oid: '2.16.840.1.101.3.4.1.46', parameters: null };
const cbc: Capability = { oid: '2.16.840.1.101.3.4.1.42', parameters: null };
const pss: Capability = { oid: '1.2.840.113549.1.1.10', parameters: null };

const announces = (capabilities: readonly Capability[], at: number, signedAt = at) =>
  ({ type: 'LearnCapabilities', address, capabilities, certificate: 'aa', signedAt, at }) as const;
const learnt = (capabilities: readonly Capability[], at: number, signedAt = at): PartnerEvent => ({
  type: 'PartnerCapabilitiesLearnt',
  address,
  capabilities,
  certificate: 'aa',
  signedAt,
  at,
});
const strong = { type: 'ChooseProfile', address, profile: 'strong', capabilities: [gcm], at: day } as const;
const chosen: PartnerEvent = { ...strong, type: 'PartnerProfileChosen' };

describe('what a partner announced', () => {
  it('is recorded the first time', () => {
    given()
      .when(announces([gcm, cbc], day))
      .records(learnt([gcm, cbc], day));
  });
  it('is recorded no second time', () => {
    given(learnt([gcm, cbc], day))
      .when(announces([gcm, cbc], 2 * day))
      .recordsNothing();
  });
  it('is replaced by a later list', () => {
    given(learnt([cbc], day))
      .when(announces([gcm, cbc], 9 * day))
      .records(learnt([gcm, cbc], 9 * day));
  });
  it('shrinks at once to what both lists hold', () => {
    given(learnt([gcm, cbc], day))
      .when(announces([cbc], 2 * day))
      .records(learnt([cbc], 2 * day));
  });
  it('does not swing with two programs that sign in turn', () => {
    given(learnt([gcm, cbc], day), learnt([cbc], 2 * day))
      .when(announces([gcm, cbc], 3 * day))
      .recordsNothing();
  });
  it('is not rolled back by an old mail that is sent again', () => {
    given(learnt([gcm], 9 * day))
      .when(announces([cbc], 20 * day, 8 * day))
      .recordsNothing();
  });
  it('cannot be dated into the future, where nothing could replace it', () => {
    given()
      .when(announces([gcm], day, 900 * day))
      .records(learnt([gcm], day, day));
  });
});

describe("an operator's profile", () => {
  it('is recorded once', () => {
    given().when(strong).records(chosen);
    given(chosen).when(strong).recordsNothing();
    given()
      .when({ ...strong, profile: 'automatic', capabilities: [] })
      .recordsNothing();
  });
  it('counts instead of what was announced, until it is given up', () => {
    assert.deepEqual(capabilitiesInUse(given(learnt([cbc], day), chosen).state()), [gcm]);
    const back: PartnerEvent = { ...chosen, profile: 'automatic', capabilities: [] };
    assert.deepEqual(capabilitiesInUse(given(learnt([cbc], day), chosen, back).state()), [cbc]);
  });
  it('stands for at most so many capabilities as a program has', () => {
    given()
      .when({ ...strong, capabilities: new Array<Capability>(65).fill(pss) })
      .refuses('malformed');
  });
  it('nothing is known of a stranger', () => assert.equal(capabilitiesInUse(given().state()), null));
});
