/**
 * Stage `open`: decrypts and verifies what comes from outside, for each recipient with that recipient's keys only.
 *
 * Recipients who read the same plaintext share one version. What cannot be opened stays as it came, and the verdict
 * says why.
 */
import { createHash } from 'node:crypto';
import { addressKey } from '#domain/mail/address.ts';
import { restoreHeader } from '#domain/mail/header-restoration.ts';
import type { ClassifiedMail, OpenedMail, Version } from '#domain/mail/line.ts';
import { joinOctets, type Octets, octetsOf, windowOf } from '#domain/mail/octets.ts';
import { type LayerReport, NO_PROTECTION, type Verdict } from '#domain/mail/verdict.ts';
import { inspect, lineEndsToCrlf } from '#domain/mime/findings.ts';
import { asciiBytes } from '#domain/mime/text.ts';
import type { WeakCipher } from '#domain/policy/rule-book.ts';
import { sealedScratch } from '#node/spool/sealed-scratch.ts';
import { disarmUnproven } from './disarm-version.ts';
import type { FactsAnswer } from './facts.ts';
import { entityOf } from './layer.ts';
import type { LinePorts } from './line-ports.ts';
import { newBudget, type Opened, openLayers } from './open-layers.ts';

export async function openMail(
  mail: ClassifiedMail,
  facts: FactsAnswer,
  weakCiphers: readonly WeakCipher[],
  ports: LinePorts,
): Promise<OpenedMail> {
  const versions = new Map<string, Version>();
  const asItCame: Version = {
    octets: mail.octets,
    entity: mail.entity,
    verdict: NO_PROTECTION,
    opened: false,
  };
  const shared = new Map<string, Version>();
  const budget = newBudget();
  let forAll: Version | null = null;
  for (const recipient of facts.recipients) {
    // Inside mail is protected, not opened; threat 20: nobody outside gets a decryption out of the gateway.
    if (mail.facts.zone === 'inside' || !recipient.isOurs) {
      versions.set(recipient.address, asItCame);
      continue;
    }
    if (forAll) {
      versions.set(recipient.address, forAll);
      continue;
    }
    const opened = await openLayers(mail, {
      recipient,
      ports,
      from: mail.from,
      atMs: mail.header.session.receivedAtMs,
      position: facts.position,
      budget,
      weakCiphers,
    });
    const version = versionOf(mail, opened, asItCame, ports);
    if (!opened.layers.some((layer) => layer.kind === 'encrypted')) forAll = version; // Nobody's keys were needed.
    const key = keyOf(version);
    const same = shared.get(key) ?? version;
    shared.set(key, same);
    versions.set(recipient.address, same);
  }
  return { ...mail, versions };
}

function versionOf(mail: ClassifiedMail, opened: Opened, asItCame: Version, ports: LinePorts): Version {
  if (opened.layers.length === 0) return asItCame;
  const judged = verdictOf(opened.layers);
  if (!opened.content) return { ...asItCame, verdict: judged };
  const { octets, entity } = opened.content;
  // Threat 11: inner fields replace outer ones only as RFC 9788 says.
  const signers = judged.signature === 'valid' ? (judged.signer?.addresses ?? []) : [];
  const restored = restoreHeader(mail.entity.header, entity, signers);
  const verdict = withFrom(judged, restored.fromMismatch?.inner ?? null, signers);
  const header = Buffer.concat([restored.fields, asciiBytes('\r\n')]);
  const whole = joinOctets([octetsOf(header), windowOf(octets, entity.bodyStart, entity.end)]);
  const { scratch } = ports.settings.layout;
  const restoredMail = entityOf(withWholeLineEnds(whole, scratch));
  const parsed = restoredMail && disarmUnproven(restoredMail, opened.layers, scratch);
  return parsed ? { ...parsed, verdict, opened: true } : { ...asItCame, verdict };
}

/** Threat 11: another From inside (`''` = not exactly one) than outside is told, unless the signer is the inner one. */
function withFrom(verdict: Verdict, inner: string | null, signers: readonly string[]): Verdict {
  const bound = inner !== null && signers.some((signer) => addressKey(signer) === addressKey(inner));
  if (inner === null || (inner !== '' && bound)) return verdict;
  const signature = verdict.signature === 'valid' ? 'not-verified' : verdict.signature;
  return { ...verdict, signature, problem: verdict.problem ?? 'address-mismatch' };
}

/** Threat 25: what came out of an envelope may have bare CR and LF; from here on nothing has. */
function withWholeLineEnds(octets: Octets, scratchFolder: string): Octets {
  if (!inspect(octets.chunks()).hasBareLineEnd) return octets;
  const scratch = sealedScratch(scratchFolder);
  for (const piece of lineEndsToCrlf(octets.chunks())) scratch.write(piece);
  return scratch.octets();
}

/** Versions with the same octets and verdict are one. */
function keyOf(version: Version): string {
  const hash = createHash('sha256').update(JSON.stringify(version.verdict));
  if (version.opened) for (const piece of version.octets.chunks()) hash.update(piece);
  return hash.digest('base64');
}

/** The innermost signature is the author's; it counts only when nothing inside or around it is only a part. */
export function verdictOf(layers: readonly LayerReport[]): Verdict {
  const signed = layers.filter((layer) => layer.kind === 'signed').at(-1);
  const encrypted = layers.filter((layer) => layer.kind === 'encrypted');
  const notOpened = encrypted.some((layer) => layer.outcome !== 'opened');
  const green = signed?.outcome === 'valid' && signed.whole;
  return {
    layers,
    signature: signed ? (green ? 'valid' : 'not-verified') : 'none',
    encryption: encrypted.length === 0 ? 'none' : notOpened ? 'not-opened' : 'opened',
    signer: signed?.signer ?? null,
    problem: green ? null : (signed?.problem ?? (signed && !signed.whole ? 'part-only' : null)),
  };
}
