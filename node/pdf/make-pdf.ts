/**
 * One mail to one encrypted PDF: cover, mail, last page, attachments. The built-in renderer of the port; what another
 * one has printed of the mail (`print-mail.ts`) comes in as pages.
 */
import { dateInWords, inWords } from '#domain/pdf/date-words.ts';
import { type MailContent, mailContent } from '#domain/pdf/mail-content.ts';
import { PDF_LABELS } from '#domain/pdf/standard-texts.ts';
import type { TextValues } from '#domain/pdf/template.ts';
import { type PdfSecurity, pdfSecurity } from '#node/crypto/pdf/security.ts';
import { withDistinctNames, writeAttachment } from './attach.ts';
import { attachedFiles, namesOf, textFiles } from './attached-files.ts';
import { PdfDocument } from './document.ts';
import type { ForeignPages } from './foreign-pages.ts';
import { layoutContext } from './layout/block.ts';
import { PAGES_MAX, roomHeight, roomWidth } from './layout/page-flow.ts';
import { BODY, GREY, paragraph, words } from './layout/styles.ts';
import { type MailBody, mailBody } from './mail-body.ts';
import { coverPage, footPages, headingHeight, lastPage, mailHeading, type OwnPages } from './own-pages.ts';
import { PAGE_FORMATS } from './page-formats.ts';
import { placeForeign } from './place-foreign.ts';
import type { PdfRequest, PdfResult } from './port.ts';
import { TypefaceShelf } from './text/typeface.ts';
import { PdfFile } from './write/pdf-file.ts';
import type { PdfRef } from './write/values.ts';

/** Typefaces stay open from mail to mail. */
const shelf = new TypefaceShelf();

/** The mail's pages by another renderer. */
export interface PrintedBody {
  /** What stands behind the pages, and which pictures they show. */
  readonly body: MailBody;
  readonly pages: ForeignPages;
  /** How much larger they were printed than they are to be shown. */
  readonly scale: number;
  /** The first page has left room for the heading. */
  readonly belowHeading: boolean;
}

export function makePdf(request: PdfRequest, printed: PrintedBody | null = null): PdfResult {
  const { reply } = request;
  if (reply !== null && !/^https:\/\/[\x21-\x7e]+$/.test(reply.address))
    throw new Error('reply link is not https');
  const security = pdfSecurity(request.algorithm, request.password);
  return 'refused' in security
    ? security
    : { pieces: piecesOf(request, security, printed), notRendered: null };
}

/** What cover, heading and last page are made of. */
function lookOf({ template, language, recipient, reply }: PdfRequest, { heading }: MailContent) {
  const format = PAGE_FORMATS[template.page];
  const labels = PDF_LABELS[language];
  const values: TextValues = {
    company: template.company,
    sender: heading.from,
    recipient,
    subject: heading.subject || labels.noSubject,
    date: heading.date === '' ? '' : dateInWords(heading.date, language),
    until: reply === null ? '' : `${inWords(reply.untilMs, language)} UTC`,
  };
  return { template, format, labels, values, context: layoutContext(shelf, roomHeight(format)) };
}

/** How much room the heading of the mail takes, in points. */
export function headingRoom(request: PdfRequest, content: MailContent, body: MailBody): number {
  const look = lookOf(request, content);
  const names = namesOf(attachedFiles(request, content, body, look.labels), request);
  return headingHeight(look, content.heading, names);
}

function* piecesOf(
  request: PdfRequest,
  security: PdfSecurity,
  printed: PrintedBody | null,
): Generator<Uint8Array> {
  const { language, reply, octets } = request;
  const content = mailContent(request.entity);
  const { heading } = content;
  const look = lookOf(request, content);
  const { format, labels, values } = look;
  const file = new PdfFile(security);
  const document = new PdfDocument(file, format);
  const pages = { document, ...look };
  const room = { width: roomWidth(format), height: roomHeight(format) };
  const body = printed?.body ?? mailBody(octets, content, labels, room);
  const attached = attachedFiles(request, content, body, labels);
  coverPage(pages, heading);
  const isWhole = placeMail(pages, { content, body, names: namesOf(attached, request), printed }, file);
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

interface PlacedMail {
  readonly content: MailContent;
  readonly body: MailBody;
  readonly names: string;
  readonly printed: PrintedBody | null;
}

/** False when it was cut; a remark says so. */
function placeMail(
  pages: OwnPages & { readonly document: PdfDocument },
  mail: PlacedMail,
  file: PdfFile,
): boolean {
  const { document, context, format, labels } = pages;
  const { content, body, names, printed } = mail;
  const node = mailHeading(pages, content.heading, names);
  const first = document.flow.painters.length - 1;
  const remark = (text: string) => paragraph([words(text, { ...BODY, italic: true, colour: GREY })]);
  let isWhole = body.cutTexts.length === 0;
  if (printed !== null) {
    const { scale, belowHeading } = printed;
    const place = { document, file, format, node, scale, firstY: belowHeading ? document.flow.y : null };
    isWhole = placeForeign(printed.pages, place) && isWhole;
    if (body.blocks.length > 0 || !isWhole) document.flow.startPage();
  }
  const isEmpty = body.blocks.length === 0 && printed === null;
  const blocks = isEmpty ? [remark(labels.emptyMessage)] : body.blocks;
  const strips = context.layOut(blocks, roomWidth(format), node);
  isWhole = document.flow.place(strips, PAGES_MAX) && isWhole;
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
