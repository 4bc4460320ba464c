/**
 * How a template looks before it is saved: cover and last page as pictures, the mails around the PDF as text.
 *
 * Made of samples; no password, no mail and no partner of this gateway is in it.
 */
import { carrierText } from '#domain/pdf/carrier-mail.ts';
import { CARRIER_TEXTS, INVITATION_TEXTS } from '#domain/pdf/carrier-texts.ts';
import { dateInWords, inWords } from '#domain/pdf/date-words.ts';
import { senderNotice } from '#domain/pdf/sender-notice.ts';
import { PDF_LABELS } from '#domain/pdf/standard-texts.ts';
import type { PdfLanguage } from '#domain/pdf/template.ts';
import { templateInUse } from '#domain/pdf/template-in-use.ts';
import { DEFAULT_TEMPLATE, type TemplateRecord } from '#domain/pdf/template-record.ts';
import { layoutContext } from '#node/pdf/layout/block.ts';
import { PageFlow, roomHeight } from '#node/pdf/layout/page-flow.ts';
import { coverPage, footPages, lastPage, type OwnPages } from '#node/pdf/own-pages.ts';
import { PAGE_FORMATS } from '#node/pdf/page-formats.ts';
import { TypefaceShelf } from '#node/pdf/text/typeface.ts';
import type { Bookmark } from '#node/pdf/write/outline.ts';
import { StructureNode } from '#node/pdf/write/structure.ts';
import { SvgPainter } from './svg-painter.ts';

export const PREVIEW_SHEETS = ['cover', 'last', 'mail', 'notice', 'invitation'] as const;
export type PreviewSheet = (typeof PREVIEW_SHEETS)[number];

export interface PreviewRequest {
  readonly template: TemplateRecord;
  readonly language: PdfLanguage;
  /** Of the senders that the template is for. */
  readonly domain: string;
  readonly sheet: PreviewSheet;
}

export type TemplatePreview =
  | { readonly kind: 'picture'; readonly svg: string }
  | { readonly kind: 'text'; readonly subject: string; readonly text: string };

const DAY_MS = 86_400_000;
const PARTNER = 'partner@example.net';
/** In the form of the real ones. */
const SAMPLE_PASSWORD = 'xxxx-xxxx-xxxx-xxxx';
const shelf = new TypefaceShelf();

export function templatePreview(given: PreviewRequest, nowMs: number): TemplatePreview {
  const request = { ...given, domain: given.domain === DEFAULT_TEMPLATE ? 'example.org' : given.domain };
  const { language, sheet, template } = request;
  const sender = `alice@${request.domain}`;
  switch (sheet) {
    case 'cover':
    case 'last':
      return { kind: 'picture', svg: pictureOf(request, sheet, sender, nowMs) };
    case 'mail': {
      const { mailText } = template.texts[language];
      const text = carrierText({ language, sender, mailText, hasReplyButton: true });
      return { kind: 'text', subject: CARRIER_TEXTS[language].subject(sender), text };
    }
    case 'notice': {
      const password = { kind: 'told', text: SAMPLE_PASSWORD } as const;
      const recipients = [{ address: PARTNER, outcome: { kind: 'pdf', password } as const }];
      return { kind: 'text', ...senderNotice({ language, receivedAtMs: nowMs, recipients, stated: null }) };
    }
    case 'invitation': {
      const texts = INVITATION_TEXTS[language];
      const until = new Date(nowMs + 14 * DAY_MS).toISOString().slice(0, 10);
      const link = `https://portal.${request.domain}/register/…`;
      return { kind: 'text', subject: texts.subject(sender), text: texts.text(sender, link, until) };
    }
  }
}

function pictureOf(
  { template: record, language, domain }: PreviewRequest,
  sheet: 'cover' | 'last',
  sender: string,
  nowMs: number,
): string {
  const template = templateInUse(record, language, domain);
  const format = PAGE_FORMATS[template.page];
  const labels = PDF_LABELS[language];
  const date = new Date(nowMs).toUTCString();
  const logo = record.logo === null ? null : `data:${record.logo.type};base64,${record.logo.base64}`;
  const painters: SvgPainter[] = [];
  const flow = new PageFlow(format, (page) => {
    const painter = new SvgPainter(page, format, () => logo);
    painters.push(painter);
    return painter;
  });
  const pages: OwnPages = {
    document: { flow, structure: new StructureNode('Document'), bookmarks: [] as Bookmark[], link: () => {} },
    context: layoutContext(shelf, roomHeight(format)),
    format,
    template,
    labels,
    values: {
      company: template.company,
      sender,
      recipient: PARTNER,
      subject: labels.subject,
      date: dateInWords(date, language),
      until: `${inWords(nowMs + 180 * DAY_MS, language)} UTC`,
    },
  };
  if (sheet === 'cover')
    coverPage(pages, { from: sender, to: PARTNER, cc: '', subject: labels.subject, date });
  else lastPage(pages, 'https://portal.invalid/');
  footPages(pages);
  return painters[0]!.svg();
}
