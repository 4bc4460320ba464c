/**
 * Which parts of a mail are attachments to a person's eye, and what they are called.
 */
import { decodeEncodedWords } from '#domain/mime/encoded-word.ts';
import { firstValue } from '#domain/mime/header.ts';
import { parseParameterised } from '#domain/mime/parameters.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';

interface Attachment {
  /** As the sender gave it, decoded, without controls; empty when there is none. Never to be used as a path. */
  readonly name: string;
  readonly type: string;
  readonly entity: MimeEntity;
}

/** Parts that belong to a signature or ciphertext, not to the content. */
const MACHINERY = new Set([
  'application/pkcs7-signature',
  'application/x-pkcs7-signature',
  'application/pgp-signature',
  'application/pgp-encrypted',
]);

/** In the order of the mail; an attached mail is one attachment, whatever it holds. */
export function attachmentsOf(root: MimeEntity): Attachment[] {
  const list: Attachment[] = [];
  const collect = (entity: MimeEntity, inRelated: boolean): void => {
    const type = entity.contentType.value;
    if (type.startsWith('multipart/') && entity.children.length > 0) {
      entity.children.forEach((child, i) => {
        collect(child, inRelated || (type === 'multipart/related' && i > 0));
      });
    } else if (isAttachment(entity, entity === root, inRelated))
      list.push({ name: fileNameOf(entity), type, entity });
  };
  collect(root, false);
  return list;
}

function isAttachment(entity: MimeEntity, isRoot: boolean, inRelated: boolean): boolean {
  const type = entity.contentType.value;
  if (MACHINERY.has(type)) return false;
  const disposition = dispositionOf(entity);
  if (isRoot && /^application\/(?:x-)?pkcs7-mime$/.test(type)) return false;
  if (disposition === 'attachment') return true;
  if (inRelated) return false; // A picture of the text.
  return !type.startsWith('text/') || fileNameOf(entity) !== '';
}

/** RFC 2183: `inline`, `attachment`, another word, or empty. */
function dispositionOf(entity: MimeEntity): string {
  return parseParameterised(firstValue(entity.header, 'content-disposition') ?? '').value;
}

/** RFC 2183 §2.3 `filename`, else the older `name`; encoded words in them are against RFC 2047 and common. */
export function fileNameOf(entity: MimeEntity): string {
  const disposition = firstValue(entity.header, 'content-disposition');
  const given =
    (disposition === null ? undefined : parseParameterised(disposition).parameters.get('filename')) ??
    entity.contentType.parameters.get('name') ??
    '';
  return decodeEncodedWords(given)
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    .trim();
}
