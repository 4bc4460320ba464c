/**
 * Which copies can leave as one mail: the same outcome, the same version, and nobody learns of a blind copy (P1, P23).
 */
import type { EnvelopeRecipient } from '#domain/mail/envelope.ts';
import type { PlannedMail, Version } from '#domain/mail/line.ts';
import type { Copy } from '#domain/policy/plan.ts';
import { addressKey } from './address.ts';

export interface CopyGroup {
  readonly index: number;
  readonly copy: Copy;
  readonly version: Version;
  /** Where it is delivered. */
  readonly recipients: readonly EnvelopeRecipient[];
  /** Whose keys it is encrypted to: the recipients of the envelope, also where it is delivered elsewhere. */
  readonly encryptTo: readonly string[];
}

/** In words that are the same for whom the same can be sent. */
export interface RecipientTraits {
  /** The algorithms a recipient reads S/MIME in. */
  abilities(recipient: string): string;
  /** That the status is told in. */
  language(recipient: string): string;
}

/**
 * In the order of the passes and recipients, so that an archive copy goes first.
 */
export function groupCopies(mail: PlannedMail, traits: RecipientTraits): CopyGroup[] {
  const groups = new Map<
    string,
    Omit<CopyGroup, 'index'> & { recipients: EnvelopeRecipient[]; encryptTo: string[] }
  >();
  const asItCame = closedVersions(mail);
  const versions: Version[] = [];
  const passes = Math.max(0, ...mail.plans.map((plan) => plan.copies.length));
  for (let pass = 0; pass < passes; pass++) {
    for (const plan of mail.plans) {
      const copy = plan.copies[pass];
      const opened = mail.versions.get(plan.recipient);
      if (!copy || !opened) continue;
      const version = copy.decrypt && !copy.untouched ? opened : asItCame(opened);
      if (!versions.includes(version)) versions.push(version);
      const { sign, encrypt } = copy.protection;
      const algorithms = (encrypt ?? sign) === 'smime' ? traits.abilities(plan.recipient) : '';
      const language = copy.verify ? traits.language(plan.recipient) : '';
      const key = JSON.stringify([
        pass,
        versions.indexOf(version),
        keyOf(mail, plan.recipient, copy),
        algorithms,
        language,
      ]);
      const group = groups.get(key) ?? { copy, version, recipients: [], encryptTo: [] };
      groups.set(key, group);
      const original = mail.header.envelope.recipients.find((r) => r.address === plan.recipient);
      const recipient =
        copy.deliverTo === plan.recipient && original ? original : { address: copy.deliverTo };
      if (!group.recipients.some((r) => r.address === recipient.address)) group.recipients.push(recipient);
      group.encryptTo.push(plan.recipient);
    }
  }
  return [...groups.values()].map((group, index) => ({ ...group, index }));
}

/** The octets as received, with the verdict that opening gave; one object for one opened version. */
function closedVersions(mail: PlannedMail): (version: Version) => Version {
  const closed = new Map<Version, Version>();
  return (version) => {
    if (!version.opened) return version;
    const made = closed.get(version) ?? {
      octets: mail.octets,
      entity: mail.entity,
      verdict: version.verdict,
      opened: false,
    };
    closed.set(version, made);
    return made;
  };
}

function keyOf(mail: PlannedMail, recipient: string, copy: Copy): unknown[] {
  const { deliverTo, ...rest } = copy;
  const elsewhere = deliverTo === recipient ? '' : deliverTo;
  // An encrypted mail names its recipients by their key ids: a blind copy gets a ciphertext of its own.
  const { encrypt } = copy.protection;
  // A PDF has the password of its pair.
  const alone = encrypt === 'pdf' || (encrypt !== null && !mail.visible.has(addressKey(recipient)));
  return [rest, elsewhere, alone ? recipient : ''];
}
