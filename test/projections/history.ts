/** A history as projections see it: domain events that went through the storage format, with positions and versions. */
import { type AuthorityEvent, authorityDecider } from '#domain/certificates/authority.ts';
import {
  type CertificateEvent,
  type CertificateFacts,
  certificateDecider,
} from '#domain/certificates/certificate.ts';
import { type AnchorEvent, trustAnchorDecider } from '#domain/certificates/trust-anchor.ts';
import { CLUSTER_STREAM, clusterDecider } from '#domain/cluster/cluster.ts';
import type { ClusterEvent } from '#domain/cluster/cluster-messages.ts';
import { encodeEvent } from '#domain/decider.ts';
import { type KeyEvent, keyRecordDecider } from '#domain/keys/key-record.ts';
import { type PartnerKeyEvent, partnerKeyDecider } from '#domain/keys/partner-key.ts';
import { type OperatorEvent, operatorDecider } from '#domain/operators/operator.ts';
import { type PartnerEvent, partnerDecider } from '#domain/partners/partner.ts';
import { type PdfAccessEvent, pdfAccessDecider } from '#domain/pdf/pdf-access.ts';
import { type PdfInvitationEvent, pdfInvitationDecider } from '#domain/pdf/pdf-invitation.ts';
import { type PdfPairEvent, pdfPairDecider } from '#domain/pdf/pdf-pair.ts';
import { PDF_POLICY_STREAM, type PdfPolicyEvent, pdfPolicyDecider } from '#domain/pdf/pdf-policy.ts';
import { type TemplateEvent, templateDecider } from '#domain/pdf/template-record.ts';
import { type MailDomainEvent, mailDomainDecider } from '#domain/people/mail-domain.ts';
import { type PersonEvent, personDecider } from '#domain/people/person.ts';
import { RULE_BOOK_STREAM, type RuleBookEvent, ruleBookDecider } from '#domain/policy/rule-book-record.ts';
import type { RecordedEvent } from '#projections/recorded-event.ts';

/** An event of any stream, with who and why where a test cares. */
export type Happening = { readonly actor?: string; readonly reason?: string; readonly atMs?: number } & (
  | { readonly certificate: string; readonly event: CertificateEvent }
  | { readonly anchor: string; readonly event: AnchorEvent }
  | { readonly authority: string; readonly event: AuthorityEvent }
  | { readonly key: string; readonly event: KeyEvent }
  | { readonly openpgp: string; readonly event: PartnerKeyEvent }
  | { readonly partner: string; readonly event: PartnerEvent }
  | { readonly person: string; readonly event: PersonEvent }
  | { readonly domain: string; readonly event: MailDomainEvent }
  | { readonly operator: string; readonly event: OperatorEvent }
  | { readonly cluster: true; readonly event: ClusterEvent }
  | { readonly pdfPair: string; readonly event: PdfPairEvent }
  | { readonly pdfInvitation: string; readonly event: PdfInvitationEvent }
  | { readonly pdfAccess: string; readonly event: PdfAccessEvent }
  | { readonly pdfTemplate: string; readonly event: TemplateEvent }
  | { readonly event: PdfPolicyEvent; readonly pdfPolicy: true }
  | { readonly event: RuleBookEvent; readonly rules: true }
);

function encoded(happening: Happening): { stream: string } & ReturnType<typeof encodeEvent> {
  if ('certificate' in happening)
    return {
      stream: `certificate/${happening.certificate}`,
      ...encodeEvent(certificateDecider, happening.event),
    };
  if ('anchor' in happening)
    return { stream: `anchor/${happening.anchor}`, ...encodeEvent(trustAnchorDecider, happening.event) };
  if ('authority' in happening)
    return { stream: `authority/${happening.authority}`, ...encodeEvent(authorityDecider, happening.event) };
  if ('key' in happening)
    return { stream: `key/${happening.key}`, ...encodeEvent(keyRecordDecider, happening.event) };
  if ('openpgp' in happening)
    return { stream: `openpgp/${happening.openpgp}`, ...encodeEvent(partnerKeyDecider, happening.event) };
  if ('partner' in happening)
    return { stream: `partner/${happening.partner}`, ...encodeEvent(partnerDecider, happening.event) };
  if ('person' in happening)
    return { stream: `person/${happening.person}`, ...encodeEvent(personDecider, happening.event) };
  if ('domain' in happening)
    return { stream: `mail-domain/${happening.domain}`, ...encodeEvent(mailDomainDecider, happening.event) };
  if ('operator' in happening)
    return { stream: `operator/${happening.operator}`, ...encodeEvent(operatorDecider, happening.event) };
  if ('cluster' in happening)
    return { stream: CLUSTER_STREAM, ...encodeEvent(clusterDecider, happening.event) };
  if ('pdfPair' in happening)
    return { stream: `pdf-pair/${happening.pdfPair}`, ...encodeEvent(pdfPairDecider, happening.event) };
  if ('pdfInvitation' in happening)
    return {
      stream: `pdf-invitation/${happening.pdfInvitation}`,
      ...encodeEvent(pdfInvitationDecider, happening.event),
    };
  if ('pdfAccess' in happening)
    return { stream: `pdf-access/${happening.pdfAccess}`, ...encodeEvent(pdfAccessDecider, happening.event) };
  if ('pdfTemplate' in happening)
    return {
      stream: `pdf-template/${happening.pdfTemplate}`,
      ...encodeEvent(templateDecider, happening.event),
    };
  if ('pdfPolicy' in happening)
    return { stream: PDF_POLICY_STREAM, ...encodeEvent(pdfPolicyDecider, happening.event) };
  return { stream: RULE_BOOK_STREAM, ...encodeEvent(ruleBookDecider, happening.event) };
}

export function recorded(...happenings: readonly Happening[]): RecordedEvent[] {
  const versions = new Map<string, number>();
  return happenings.map((happening, index) => {
    const event = encoded(happening);
    const version = (versions.get(event.stream) ?? 0) + 1;
    versions.set(event.stream, version);
    const { actor = 'operator/anna', reason = '', atMs = happening.event.at } = happening;
    return { ...event, position: BigInt(index + 1), version, atMs, actor, reason };
  });
}

const certificateFacts = (sha256: string, change: Partial<CertificateFacts> = {}): CertificateFacts => ({
  sha256,
  der: 'MAA',
  addresses: ['bob@partner.example'],
  subject: 'CN=Bob',
  issuer: 'CN=CA',
  serial: '01',
  notBefore: 0,
  notAfter: 5_000,
  usages: ['sign', 'encrypt'],
  publicKeySha256: `key of ${sha256}`,
  keyId: null,
  ...change,
});

export const certificateArrives = (
  sha256: string,
  change: Partial<CertificateFacts> = {},
  origin: 'operator' | 'signed-mail' = 'signed-mail',
): Happening => ({
  certificate: sha256,
  event: { type: 'CertificateImported', origin, ...certificateFacts(sha256, change), at: 10 },
});
