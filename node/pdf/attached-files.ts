/** Which files go into the PDF of a mail, and how its heading names them. */
import type { MimeEntity } from '#domain/mime/tree.ts';
import { safeName } from '#domain/pdf/attachment-name.ts';
import { sizeInWords } from '#domain/pdf/date-words.ts';
import type { MailContent } from '#domain/pdf/mail-content.ts';
import type { PdfLabels } from '#domain/pdf/standard-texts.ts';
import { type AttachedFile, fileOfPart, withDistinctNames } from './attach.ts';
import type { MailBody } from './mail-body.ts';
import type { PdfRequest } from './port.ts';

/** More names than this make the heading a list of its own; all are in the document's list of attachments. */
const NAMES_SHOWN_MAX = 12;

/** The mail's own, then what the pages could not show, then the message itself; so nothing is lost. */
export function attachedFiles(
  request: PdfRequest,
  content: MailContent,
  body: MailBody,
  labels: PdfLabels,
): AttachedFile[] {
  const { octets, entity } = request;
  const known = new Set(content.attachments.map((one) => one.entity));
  const unseen = [...content.pictures.values()].filter(
    (one) => !known.has(one) && !body.shownPictures.has(one),
  );
  const files = [
    ...content.attachments.map((one) => fileOfPart(octets, one.entity, one.name, labels.attachments)),
    ...unseen.map((one) =>
      fileOfPart(octets, one, one.contentType.parameters.get('name') ?? '', labels.picture),
    ),
    ...textFiles(request, body.cutTexts, labels),
  ];
  if (request.attachOriginal || (content.texts.length === 0 && files.length === 0)) {
    files.push({
      name: safeName(`${labels.originalMessage}.eml`, 'message.eml'),
      type: 'message/rfc822',
      sizeBytes: entity.end - entity.start,
      relationship: 'Source',
      content: () => octets.chunks(),
    });
  }
  return withDistinctNames(files);
}

export const textFiles = (
  { octets }: PdfRequest,
  texts: readonly MimeEntity[],
  labels: PdfLabels,
): AttachedFile[] => texts.map((one) => fileOfPart(octets, one, '', labels.subject));

export function namesOf(files: readonly AttachedFile[], { language }: PdfRequest): string {
  const shown = files
    .slice(0, NAMES_SHOWN_MAX)
    .map((file) => `${file.name} (${sizeInWords(file.sizeBytes, language)})`);
  return shown.join('\n') + (files.length > NAMES_SHOWN_MAX ? `\n… (${files.length})` : '');
}
