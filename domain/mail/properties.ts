/**
 * What rules may ask about a mail itself, read from its header and structure (features.md P5, P7, P27).
 */
import { isAutomatic, isFromList } from '#domain/mail/notice.ts';
import type { Octets } from '#domain/mail/octets.ts';
import { protectionsIn } from '#domain/mail/protection-kind.ts';
import { subjectOf, wordsInBraces } from '#domain/mail/subject.ts';
import { attachmentsOf } from '#domain/mime/attachment.ts';
import { firstValue, type Header } from '#domain/mime/header.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';

interface MailProperties {
  readonly subject: string;
  /** Words in braces in the subject, lower case; commands only if the rule book knows them. */
  readonly wordsInBraces: readonly string[];
  readonly sizeBytes: number;
  readonly attachments: readonly { readonly name: string; readonly type: string }[];
  readonly priority: 'high' | 'normal' | 'low';
  readonly sensitivity: 'personal' | 'private' | 'company-confidential' | null;
  /** By structure, anywhere in the mail; `opaque` S/MIME without a type counts as encrypted. */
  readonly isEncrypted: boolean;
  readonly isSigned: boolean;
  readonly isCalendar: boolean;
  readonly messageId: string | null;
  /** Made by a program (RFC 3834) or sent by a list. */
  readonly isAutomatic: boolean;
  readonly isFromList: boolean;
}

export function propertiesOf(octets: Octets, entity: MimeEntity): MailProperties {
  const { header } = entity;
  const subject = subjectOf(header);
  const kinds = new Set(protectionsIn(octets, entity).map((found) => found.kind));
  return {
    subject,
    wordsInBraces: wordsInBraces(subject),
    sizeBytes: octets.sizeBytes,
    attachments: attachmentsOf(entity).map(({ name, type }) => ({ name, type })),
    priority: priorityOf(header),
    sensitivity: sensitivityOf(header),
    isEncrypted: kinds.has('encrypted') || kinds.has('opaque') || kinds.has('inline-encrypted'),
    isSigned: kinds.has('signed') || kinds.has('inline-signed'),
    isCalendar: hasCalendar(entity),
    messageId: firstValue(header, 'message-id'),
    isAutomatic: isAutomatic(header),
    isFromList: isFromList(header),
  };
}

/** Importance (RFC 2156 §5.3.4) before the fields of old programs: X-Priority 1–5, X-MSMail-Priority, Priority. */
function priorityOf(header: Header): MailProperties['priority'] {
  const value = ['importance', 'x-priority', 'x-msmail-priority', 'priority']
    .map((name) => firstValue(header, name)?.toLowerCase() ?? '')
    .find((text) => text !== '');
  if (value === undefined) return 'normal';
  if (/^(?:high|urgent|[12]\b)/.test(value)) return 'high';
  return /^(?:low|non-urgent|[45]\b)/.test(value) ? 'low' : 'normal';
}

/** RFC 2156 §5.3.5 */
function sensitivityOf(header: Header): MailProperties['sensitivity'] {
  const value = firstValue(header, 'sensitivity')?.toLowerCase();
  return value === 'personal' || value === 'private' || value === 'company-confidential' ? value : null;
}

/** A meeting request or answer of this mail itself, not of one attached to it. */
function hasCalendar(entity: MimeEntity): boolean {
  if (entity.contentType.value === 'text/calendar') return true;
  return entity.contentType.value.startsWith('multipart/') && entity.children.some(hasCalendar);
}
