/**
 * Life of one partner, the person behind an outside address: what its mail program announced that it can read, and the
 * profile an operator chose instead (features.md S3, S9).
 *
 * Stream `partner/<address>`, the canonical address in lower case. Announcements are recorded only when they change
 * something, so that the log does not grow with every mail.
 */
import type { Base64Url } from '../canonical-json.ts';
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import { addressKey } from '../mail/address.ts';

/** One stream for all spellings that reach the same person. */
export const partnerStream = (address: string): string => `partner/${addressKey(address)}`;

/** One of SMIMECapabilities (RFC 8551 §2.5.2); `parameters` as encoded, null when absent. */
export interface Capability {
  readonly oid: string;
  readonly parameters: Base64Url | null;
}

/** Ready-made lists: the best that is sent, and what everybody reads. `automatic`: as announced. */
export type ProfileName = 'automatic' | 'strong' | 'compatible';

/** Announced in a mail whose signature is valid, and nowhere else. In the partner's order of preference. */
export interface Announcement {
  readonly capabilities: readonly Capability[];
  /** Hex SHA-256 of the certificate that signed it. */
  readonly certificate: string;
  /** Of the mail: claimed by the signature, never later than it came. */
  readonly signedAt: Instant;
}

export type PartnerCommand =
  | ({ readonly type: 'LearnCapabilities'; readonly address: string; readonly at: Instant } & Announcement)
  | {
      readonly type: 'ChooseProfile';
      readonly address: string;
      readonly profile: ProfileName;
      /** What the profile stands for today; empty for `automatic`. */
      readonly capabilities: readonly Capability[];
      readonly at: Instant;
    };

export type PartnerEvent =
  | ({
      readonly type: 'PartnerCapabilitiesLearnt';
      readonly address: string;
      readonly at: Instant;
    } & Announcement)
  | {
      readonly type: 'PartnerProfileChosen';
      readonly address: string;
      readonly profile: ProfileName;
      readonly capabilities: readonly Capability[];
      readonly at: Instant;
    };

export type PartnerRefusal = 'malformed';

export interface Partner {
  readonly address: string | null;
  readonly announced: (Announcement & { readonly learntAt: Instant }) | null;
  /** Null: as announced. */
  readonly profile: { readonly name: ProfileName; readonly capabilities: readonly Capability[] } | null;
}

export const partnerDecider: Decider<PartnerCommand, PartnerEvent, Partner, PartnerRefusal> = {
  zero: { address: null, announced: null, profile: null },
  decide,
  evolve,
  schemas: { PartnerCapabilitiesLearnt: 1, PartnerProfileChosen: 1 },
};

/** What counts when something is sent to this partner; null: nothing is known. */
export function capabilitiesInUse(partner: Partner): readonly Capability[] | null {
  return partner.profile?.capabilities ?? partner.announced?.capabilities ?? null;
}

/** More capabilities than any program has; a profile or an announcement beyond it is a fault. */
const CAPABILITIES_MAX = 64;

/**
 * A new announcement replaces an old one at once when the old one is older than this. Before, only what both hold
 * counts: someone with two mail programs sends two lists in turn, reads with either, and must not fill the log.
 */
const SETTLED_AFTER_MS = 7 * 86_400_000;

function decide(command: PartnerCommand, partner: Partner): Decision<PartnerEvent, PartnerRefusal> {
  if (command.capabilities.length > CAPABILITIES_MAX) return refuse('malformed');
  const { address, capabilities, at } = command;
  switch (command.type) {
    case 'LearnCapabilities':
      return learn(command, partner);
    case 'ChooseProfile':
      if ((partner.profile?.name ?? 'automatic') === command.profile) {
        if (sameList(partner.profile?.capabilities ?? [], capabilities)) return accept();
      }
      return accept({ type: 'PartnerProfileChosen', address, profile: command.profile, capabilities, at });
  }
}

function learn(
  command: PartnerCommand & { type: 'LearnCapabilities' },
  { announced }: Partner,
): Decision<PartnerEvent, PartnerRefusal> {
  const { address, certificate, at } = command;
  const signedAt = Math.min(command.signedAt, at);
  // An old mail that is sent again must not bring back what was true then.
  if (announced && signedAt < announced.signedAt) return accept();
  const settled = !announced || at - announced.learntAt >= SETTLED_AFTER_MS;
  const capabilities = settled ? command.capabilities : common(announced.capabilities, command.capabilities);
  if (announced && sameList(announced.capabilities, capabilities)) return accept();
  return accept({ type: 'PartnerCapabilitiesLearnt', address, capabilities, certificate, signedAt, at });
}

const sameCapability = (a: Capability, b: Capability): boolean =>
  a.oid === b.oid && a.parameters === b.parameters;

function sameList(a: readonly Capability[], b: readonly Capability[]): boolean {
  return a.length === b.length && a.every((one, at) => sameCapability(one, b[at] as Capability));
}

function common(before: readonly Capability[], now: readonly Capability[]): readonly Capability[] {
  return before.filter((one) => now.some((other) => sameCapability(one, other)));
}

function evolve(partner: Partner, event: PartnerEvent): Partner {
  switch (event.type) {
    case 'PartnerCapabilitiesLearnt': {
      const { address, capabilities, certificate, signedAt, at } = event;
      return { ...partner, address, announced: { capabilities, certificate, signedAt, learntAt: at } };
    }
    case 'PartnerProfileChosen': {
      const { address, profile, capabilities } = event;
      return {
        ...partner,
        address,
        profile: profile === 'automatic' ? null : { name: profile, capabilities },
      };
    }
  }
}
