/**
 * The policy of PDF mails: how passwords are made and handed over, what stands outside the encryption.
 *
 * Stream `pdf/policy`; changed as a whole. Until it is set, DEFAULT_PDF_POLICY holds.
 */
import { z } from 'zod';
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import { lengthOf, octetsMax, PASSWORD_BITS_MAX, PASSWORD_BITS_MIN } from './password-form.ts';

export const PDF_POLICY_STREAM = 'pdf/policy';

const commandWord = z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, 'a word in lower case');
/** In clear only to this machine. */
const webAddress = z
  .string()
  .max(500)
  .regex(
    /^(?:https:\/\/[^\s/?#@]+|http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?)(?:\/[^\s?#]*)?$/,
    'an https address without a query',
  );

export const pdfPolicySchema = z.strictObject({
  /** One password for a pair of sender and recipient, or one for a recipient whoever writes. */
  passwordPer: z.enum(['pair', 'recipient']).default('pair'),
  form: z.enum(['groups', 'words']).default('groups'),
  bits: z.number().int().min(PASSWORD_BITS_MIN).max(PASSWORD_BITS_MAX).default(PASSWORD_BITS_MIN),
  /** A password of a person's choice has at least so many characters. */
  chosenCharactersMin: z.number().int().min(10).max(64).default(12),
  /** Null = never. */
  expiresAfterDays: z.number().int().min(1).max(3650).nullable().default(null),
  /** How a made password gets to the partner: told to the sender, or by an external messenger. */
  delivery: z.enum(['sender', 'messenger']).default('sender'),
  /** Where the messenger takes its orders (docs/pdfmail.md). */
  messengerUrl: webAddress.nullable().default(null),
  /** The partner chooses the password in the portal before the first PDF goes out (features.md D4). */
  selfRegistration: z.boolean().default(false),
  registration: z
    .strictObject({
      expiresAfterDays: z.number().int().min(1).max(60).default(14),
      /** Days after the invitation. */
      remindAfterDays: z.array(z.number().int().min(1).max(60)).max(5).default([3, 10]),
    })
    .prefault({}),
  /** Whether senders may give the password in the subject; the inside mail servers see it there. */
  senderMayState: z.boolean().default(false),
  commands: z
    .strictObject({ password: commandWord.default('pdf-password'), reset: commandWord.default('pdf-reset') })
    .prefault({}),
  encryption: z.enum(['aes-256', 'aes-128']).default('aes-256'),
  /** Of the carrier mail: a general text, or the mail's own. */
  subject: z.enum(['neutral', 'copied']).default('neutral'),
  /** The mail as it was written goes into the PDF as an attachment. */
  attachOriginal: z.boolean().default(false),
  /** Where partners answer; null = the PDF has no reply button. */
  portalUrl: webAddress
    .regex(/^https:/)
    .nullable()
    .default(null),
  /** What the portal asks for behind the password: `mail` = a code, mailed to the partner. */
  secondFactor: z.enum(['none', 'mail']).default('none'),
  replyExpiresAfterDays: z.number().int().min(1).max(3650).default(180),
});

export type PdfPolicy = z.infer<typeof pdfPolicySchema>;

export const DEFAULT_PDF_POLICY: PdfPolicy = pdfPolicySchema.parse({});

export type PdfPolicyCommand = {
  readonly type: 'SetPdfPolicy';
  readonly policy: PdfPolicy;
  readonly at: Instant;
};
export type PdfPolicyEvent = {
  readonly type: 'PdfPolicySet';
  readonly policy: PdfPolicy;
  readonly at: Instant;
};
export type PdfPolicyRefusal =
  | 'malformed'
  | 'registration-needs-portal'
  | 'messenger-needs-address'
  | 'too-many-bits-for-aes-128';

export const pdfPolicyDecider: Decider<PdfPolicyCommand, PdfPolicyEvent, PdfPolicy, PdfPolicyRefusal> = {
  zero: DEFAULT_PDF_POLICY,
  decide,
  // Read through the schema: a policy of an earlier version gets what was added since.
  evolve: (_before, event) => pdfPolicySchema.parse(event.policy),
  schemas: { PdfPolicySet: 1 },
};

function decide(command: PdfPolicyCommand, before: PdfPolicy): Decision<PdfPolicyEvent, PdfPolicyRefusal> {
  const read = pdfPolicySchema.safeParse(command.policy);
  if (!read.success) return refuse('malformed');
  const policy = read.data;
  if (policy.selfRegistration && policy.portalUrl === null) return refuse('registration-needs-portal');
  if (policy.delivery === 'messenger' && policy.messengerUrl === null)
    return refuse('messenger-needs-address');
  const { form, bits, encryption } = policy;
  if (lengthOf(form, bits) > octetsMax(encryption)) return refuse('too-many-bits-for-aes-128');
  if (JSON.stringify(policy) === JSON.stringify(before)) return accept();
  return accept({ type: 'PdfPolicySet', policy, at: command.at });
}
