/**
 * The format of the log: which forms of events (kind and schema) a version of the program reads. Gateways of one cluster
 * may run different versions while they are upgraded: nobody writes a form that the oldest of them does not read.
 *
 * A new kind, or a new schema of one, is added to the newest format when that was never released, else to a next one
 * (`test/domain/log-format.test.ts` finds those that were forgotten). Once a form of a format is written, the log says so
 * with LogFormatRaised: a version that reads less must not go on with it.
 */
import { accept, type Decider, type Instant } from './decider.ts';

export const LOG_FORMAT_STREAM = 'log-format';

/** A form is `Kind` for schema 1, `Kind:2` for schema 2. */
const forms = (text: string): ReadonlySet<string> => new Set(text.trim().split(' '));

/**
 * [0]: release 0.1.0, and what a cluster itself consists of: a gateway that lacks it was never a member of one.
 * [1]: PDF mail with its portal, the external engine, replacements that every gateway can go on with, CAs of a cluster that
 * are renewed.
 */
const FORMATS: readonly ReadonlySet<string>[] = [
  forms(
    'AuthorityCreated CertificateDistrusted CertificateImported CertificateIssued CertificateRevoked ' +
      'CertificateTrusted ClusterFormed ClusterKeyRotated CrlIssued DivergenceFound GatewayAdmitted ' +
      'GatewayRemoved GatewayRoleChanged GenerationStarted KeyGenerated KeyImported KeyRetired KeyRevoked ' +
      'MailDomainAdded MailDomainChanged MailDomainRemoved MemberAddressesChanged OperatorAdded ' +
      'OperatorDisabled OperatorEnabled OperatorPasswordChanged OperatorRolesChanged ' +
      'PartnerCapabilitiesLearnt PartnerKeyDistrusted PartnerKeyImported PartnerKeyRevoked ' +
      'PartnerKeyTrusted PartnerKeyUpdated PartnerProfileChosen PersonChanged PersonEnrolled ' +
      'PersonEquippedWithOpenPgp PersonEquippedWithSmime PersonRemoved PrivateKeyExported ' +
      'ReplacementBegun ReplacementEnded ' +
      'RuleBookDraftDiscarded RuleBookDraftSaved RuleBookPublished SerialRevoked TrustAnchorAdded ' +
      'TrustAnchorRemoved WitnessAdmitted WitnessRemoved ',
  ),
  forms(
    'ExternalEngineChosen LogFormatRaised NodeAuthoritiesAdvanced NodeAuthoritiesAnnounced NodeAuthoritiesTaken ' +
      'PdfAccountUnlocked PdfAddressCleared PdfAddressFailed PdfInvitationAccepted PdfInvitationExpired ' +
      'PdfLanguageSet PdfLoginAttempted PdfLoginSucceeded PdfNoticeAsked PdfNoticeSent PdfPartnerInvited ' +
      'PdfPartnerReminded PdfPasswordHandedOver PdfPasswordSet PdfPasswordShown PdfPasswordVoided ' +
      'PdfPolicySet PdfReplySent PdfTemplateRemoved PdfTemplateSet ',
  ),
];

/** The newest one; this version reads all up to it. */
export const LOG_FORMAT = FORMATS.length;

/** The format that a form came with; null for a form that no format names. */
export function formatOf({
  kind,
  schema,
}: {
  readonly kind: string;
  readonly schema: number;
}): number | null {
  const form = schema === 1 ? kind : `${kind}:${schema}`;
  const index = FORMATS.findIndex((known) => known.has(form));
  return index === -1 ? null : index + 1;
}

export interface RaiseLogFormat {
  readonly type: 'RaiseLogFormat';
  readonly format: number;
  readonly at: Instant;
}

export interface LogFormatRaised {
  readonly type: 'LogFormatRaised';
  /** Forms up to this format may stand in the log from here on. */
  readonly format: number;
  readonly at: Instant;
}

/** State: the format that the log has reached; it never goes back. */
export const logFormatDecider: Decider<RaiseLogFormat, LogFormatRaised, number, never> = {
  zero: 1,
  decide: ({ format, at }, reached) =>
    format > reached ? accept({ type: 'LogFormatRaised', format, at }) : accept(),
  evolve: (_, { format }) => format,
  schemas: { LogFormatRaised: 1 },
};
