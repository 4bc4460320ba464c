/**
 * A mail as a reader sees it: heading, texts to show, pictures that belong to them, attachments.
 */
import { cleanLine, subjectOf } from '#domain/mail/subject.ts';
import { attachmentsOf, fileNameOf } from '#domain/mime/attachment.ts';
import { decodeEncodedWords } from '#domain/mime/encoded-word.ts';
import { fieldsNamed, firstValue, type Header } from '#domain/mime/header.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';

export interface MailHeading {
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly subject: string;
  /** As it stands in the mail; empty without one. */
  readonly date: string;
}

export interface MailContent {
  readonly heading: MailHeading;
  /** In the order they are shown. */
  readonly texts: readonly MimeEntity[];
  /** By Content-ID without its brackets. */
  readonly pictures: ReadonlyMap<string, MimeEntity>;
  readonly attachments: readonly MailAttachment[];
}

export interface MailAttachment {
  /** As the sender gave it; may be empty. */
  readonly name: string;
  readonly type: string;
  readonly entity: MimeEntity;
}

/** Lists of thousands of recipients are cut: the original message has them all. */
const ADDRESSES_CHARS_MAX = 2_000;

export function mailContent(root: MimeEntity): MailContent {
  const attachments: MailAttachment[] = attachmentsOf(root);
  const attached = new Set(attachments.map(({ entity }) => entity));
  const texts: MimeEntity[] = [];
  const pictures = new Map<string, MimeEntity>();
  const attach = (entity: MimeEntity, name: string) =>
    attachments.push({ name: fileNameOf(entity) || name, type: entity.contentType.value, entity });
  const collect = (entity: MimeEntity): void => {
    if (attached.has(entity)) return;
    const type = entity.contentType.value;
    if (type.startsWith('multipart/') && entity.children.length > 0) {
      if (type === 'multipart/alternative') collectBest(entity.children);
      else if (type === 'multipart/related') collectRelated(entity);
      else if (type === 'multipart/signed') collect(entity.children[0]!);
      else for (const child of entity.children) collect(child);
    } else if (type === 'text/plain' || type === 'text/html') texts.push(entity);
    else if (type === 'text/calendar') attach(entity, 'invitation.ics');
    else if (type.startsWith('text/')) attach(entity, '');
  };
  /** RFC 2046 §5.1.4: the last is the best; HTML is the best that can be shown. */
  const collectBest = (children: readonly MimeEntity[]): void => {
    const best =
      children.findLast((child) => holds(child, 'text/html')) ??
      children.find((child) => holds(child, 'text/plain'));
    if (best !== undefined) collect(best);
    for (const child of children) if (child.contentType.value === 'text/calendar') collect(child);
  };
  /** RFC 2387 §3.2: the first part, or the one that `start` names. */
  const collectRelated = (entity: MimeEntity): void => {
    const start = bareId(entity.contentType.parameters.get('start') ?? '');
    const main =
      entity.children.find((child) => start !== '' && contentIdOf(child) === start) ?? entity.children[0]!;
    for (const child of entity.children) if (child !== main) keepPicture(child);
    collect(main);
  };
  const keepPicture = (entity: MimeEntity): void => {
    if (attached.has(entity)) return;
    if (entity.children.length > 0) for (const child of entity.children) keepPicture(child);
    else pictures.set(contentIdOf(entity) || `${entity.start}`, entity);
  };
  // Pictures of the text may also be sent as attachments that it names.
  for (const { entity } of attachments) {
    const id = contentIdOf(entity);
    if (id !== '' && entity.contentType.value.startsWith('image/')) pictures.set(id, entity);
  }
  collect(root);
  return { heading: headingOf(root.header), texts, pictures, attachments };
}

function holds(entity: MimeEntity, type: string): boolean {
  return entity.contentType.value === type || entity.children.some((child) => holds(child, type));
}

const contentIdOf = (entity: MimeEntity): string => bareId(firstValue(entity.header, 'content-id') ?? '');

export const bareId = (id: string): string => id.trim().replace(/^<|>$/g, '');

function headingOf(header: Header): MailHeading {
  return {
    from: addressesOf(header, 'from'),
    to: addressesOf(header, 'to'),
    cc: addressesOf(header, 'cc'),
    subject: subjectOf(header),
    date: cleanLine(firstValue(header, 'date') ?? ''),
  };
}

function addressesOf(header: Header, key: string): string {
  const all = fieldsNamed(header, key).map((field) => cleanLine(decodeEncodedWords(field.value)));
  const text = all.join(', ').replace(/^"((?:[^"\\]|\\.)*)"(?=\s*<)/, '$1');
  return text.length <= ADDRESSES_CHARS_MAX ? text : `${text.slice(0, ADDRESSES_CHARS_MAX)} …`;
}
