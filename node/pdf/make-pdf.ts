/**
 * One mail to one encrypted PDF: cover, mail, last page, attachments. The built-in renderer of the port.
 */

import type { MimeEntity } from '#domain/mime/tree.ts';
import { safeName } from '#domain/pdf/attachment-name.ts';
import { dateInWords, inWords, sizeInWords } from '#domain/pdf/date-words.ts';
import type { MailContent } from '#domain/pdf/mail-content.ts';
import { mailContent } from '#domain/pdf/mail-content.ts';
import { PDF_LABELS, type PdfLabels } from '#domain/pdf/standard-texts.ts';
import { type PdfSecurity, pdfSecurity } from '#node/crypto/pdf/security.ts';
import { type AttachedFile, fileOfPart, withDistinctNames, writeAttachment } from './attach.ts';
import { PdfDocument } from './document.ts';
import { layoutContext } from './layout/block.ts';
import { PAGES_MAX, roomHeight, roomWidth } from './layout/page-flow.ts';
import { BODY, GREY, paragraph, words } from './layout/styles.ts';
import { type MailBody, mailBody } from './mail-body.ts';
import { coverPage, footPages, lastPage, mailHeading, type OwnPages } from './own-pages.ts';
import { PAGE_FORMATS } from './page-formats.ts';
import type { PdfRequest, PdfResult } from './port.ts';
import { TypefaceShelf } from './text/typeface.ts';
import { PdfFile } from './write/pdf-file.ts';
import type { PdfRef } from './write/values.ts';

/** Typefaces stay open from mail to mail. */
const shelf = new TypefaceShelf();
/** More names than this make the heading a list of its own; all are in the document's list of attachments. */
const NAMES_SHOWN_MAX = 12;

export function makePdf(request: PdfRequest): PdfResult {
  const { reply } = request;
  if (reply !== null && !/^https:\/\/[\x21-\x7e]+$/.test(reply.address))
    throw new Error('reply link is not https');
  const security = pdfSecurity(request.algorithm, request.password);
  return 'refused' in security ? security : { pieces: piecesOf(request, security) };
}

function* piecesOf(request: PdfRequest, security: PdfSecurity): Generator<Uint8Array> {
  const { template, language, reply } = request;
  const format = PAGE_FORMATS[template.page];
  const file = new PdfFile(security);
  const document = new PdfDocument(file, format);
  const context = layoutContext(shelf, roomHeight(format));
  const labels = PDF_LABELS[language];
  const content = mailContent(request.entity);
  const { heading } = content;
  const values = {
    company: template.company,
    sender: heading.from,
    recipient: request.recipient,
    subject: heading.subject || labels.noSubject,
    date: heading.date === '' ? '' : dateInWords(heading.date, language),
    until: reply === null ? '' : `${inWords(reply.untilMs, language)} UTC`,
  };
  const pages: OwnPages = { document, context, format, template, labels, values };
  const body = mailBody(request.octets, content, labels, {
    width: roomWidth(format),
    height: roomHeight(format),
  });
  const attached = attachedFiles(request, content, body, labels);
  coverPage(pages, heading);
  const isWhole = placeMail(pages, content, body, namesOf(attached, request));
  yield* file.take();
  lastPage(pages, reply?.address ?? null);
  footPages(pages);
  const specifications = new Map<string, PdfRef>();
  // Only when pages are full is it known that a text was cut there.
  const texts = isWhole || body.cutTexts.length > 0 ? [] : textFiles(request, content.texts, labels);
  const all = texts.length === 0 ? attached : withDistinctNames([...attached, ...texts]);
  for (const one of all) specifications.set(one.name, yield* writeAttachment(file, one));
  yield* document.finish(
    { title: values.subject, author: heading.from, language, createdMs: request.nowMs },
    specifications,
  );
}

/** False when it was cut; a remark says so. */
function placeMail(pages: OwnPages, content: MailContent, body: MailBody, names: string): boolean {
  const { document, context, format, labels } = pages;
  const node = mailHeading(pages, content.heading, names);
  const first = document.flow.painters.length - 1;
  const remark = (text: string) => paragraph([words(text, { ...BODY, italic: true, colour: GREY })]);
  const blocks = body.blocks.length === 0 ? [remark(labels.emptyMessage)] : body.blocks;
  const strips = context.layOut(blocks, roomWidth(format), node);
  const isWhole = document.flow.place(strips, PAGES_MAX) && body.cutTexts.length === 0;
  if (!isWhole) document.flow.place(context.layOut([remark(labels.cutMessage)], roomWidth(format), node));
  const children = document.flow.painters
    .slice(first)
    .flatMap((painter) =>
      painter.headings.map(({ text, y }) => ({ title: text, page: painter.page, y, children: [] })),
    );
  const bookmark = document.bookmarks.at(-1)!;
  document.bookmarks[document.bookmarks.length - 1] = { ...bookmark, children: children.slice(1) };
  return isWhole;
}

/** The mail's own, then what the pages could not show, then the message itself; so nothing is lost. */
function attachedFiles(
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

const textFiles = ({ octets }: PdfRequest, texts: readonly MimeEntity[], labels: PdfLabels): AttachedFile[] =>
  texts.map((one) => fileOfPart(octets, one, '', labels.subject));

function namesOf(files: readonly AttachedFile[], { language }: PdfRequest): string {
  const shown = files
    .slice(0, NAMES_SHOWN_MAX)
    .map((file) => `${file.name} (${sizeInWords(file.sizeBytes, language)})`);
  return shown.join('\n') + (files.length > NAMES_SHOWN_MAX ? `\n… (${files.length})` : '');
}
