/**
 * The pages that are ours: cover and last page from the template, the mail's heading, the foot of every page.
 */
import { Buffer } from 'node:buffer';
import type { MailHeading } from '#domain/pdf/mail-content.ts';
import type { PdfLabels } from '#domain/pdf/standard-texts.ts';
import { fillText, type PdfTemplate, type TextValues } from '#domain/pdf/template.ts';
import type { PdfDocument } from './document.ts';
import { readImage } from './image/read-image.ts';
import type { LayoutContext } from './layout/layout-context.ts';
import { ALL_SIDES, type Block, type Cell, type Colour, PLAIN_BOX, WHITE } from './layout/model.ts';
import { type PageFormat, roomWidth } from './layout/page-flow.ts';
import type { Painter } from './layout/painter.ts';
import { fillLines, prepareParagraph } from './layout/paragraph.ts';
import { gapStrip, heightOf, type Strip } from './layout/strip.ts';
import { BODY, colourOf, GREY, LIGHT, paragraph, words } from './layout/styles.ts';
import { StructureNode } from './write/structure.ts';

const LOGO_WIDTH_MAX = 170;
const LOGO_HEIGHT_MAX = 54;
const BAR_HEIGHT = 7;
const BUTTON_HEIGHT = 42;
const FOOT_SIZE = 7.5;

export interface OwnPages {
  readonly document: Pick<PdfDocument, 'flow' | 'structure' | 'bookmarks' | 'link'>;
  readonly context: LayoutContext;
  readonly format: PageFormat;
  readonly template: PdfTemplate;
  readonly labels: PdfLabels;
  readonly values: TextValues;
}

const gap = (height: number): Block => ({ kind: 'gap', height });

export function coverPage(pages: OwnPages, heading: MailHeading): void {
  const { document, template, labels, values } = pages;
  const { coverTitle, cover } = template.texts;
  const accent = colourOf(template.accent);
  const node = startOwnPage(pages, labels.cover, accent);
  const blocks: Block[] = [
    ...headOf(template),
    paragraph([words(fillText(coverTitle, values), { ...BODY, sizePt: 23, bold: true, colour: accent })], {
      tag: 'H1',
    }),
    gap(14),
    ...paragraphsOf(fillText(cover, values)),
    gap(18),
    { kind: 'rule', colour: LIGHT, width: 1 },
    gap(10),
    headingTable(
      [
        [labels.from, heading.from],
        [labels.to, values.recipient],
        [labels.date, values.date],
      ],
      labels,
    ),
  ];
  document.flow.place(pages.context.layOut(blocks, roomWidth(pages.format), node));
}

/** Below the heading of a mail. */
const HEADING_GAP = 12;

/** Subject and addresses over the mail; a new page. `attached` names the attachments. */
export function mailHeading(pages: OwnPages, heading: MailHeading, attached: string): StructureNode {
  const { document, values, format, context } = pages;
  document.flow.startPage();
  const node = document.structure.add('Part');
  document.bookmarks.push({
    title: values.subject,
    page: document.flow.painters.length - 1,
    y: 0,
    children: [],
  });
  const strips = context.layOut(headingBlocks(pages, heading, attached), roomWidth(format), node);
  document.flow.place([...strips, gapStrip(HEADING_GAP)]);
  return node;
}

/** How much room the heading takes, in points. */
export function headingHeight(
  pages: Omit<OwnPages, 'document'>,
  heading: MailHeading,
  attached: string,
): number {
  const blocks = headingBlocks(pages, heading, attached);
  const strips = pages.context.layOut(blocks, roomWidth(pages.format), new StructureNode('Part'));
  return heightOf(strips) + HEADING_GAP;
}

function headingBlocks(
  { template, labels, values }: Pick<OwnPages, 'template' | 'labels' | 'values'>,
  heading: MailHeading,
  attached: string,
): Block[] {
  const title = { ...BODY, sizePt: 17, bold: true, colour: colourOf(template.accent) };
  const rows: [string, string][] = [
    [labels.from, heading.from],
    [labels.to, heading.to],
    [labels.cc, heading.cc],
    [labels.date, values.date],
    [labels.attachments, attached],
  ];
  return [
    paragraph([words(values.subject, title)], { tag: 'H1' }),
    gap(8),
    headingTable(rows, labels),
    gap(8),
    { kind: 'rule', colour: LIGHT, width: 1 },
  ];
}

export function lastPage(pages: OwnPages, reply: string | null): void {
  if (reply === null) return;
  const { document, template, values, format } = pages;
  const { lastTitle, last, replyButton, replyHint } = template.texts;
  const accent = colourOf(template.accent);
  const node = startOwnPage(pages, fillText(lastTitle, values), accent);
  const width = roomWidth(format);
  const title = { ...BODY, sizePt: 20, bold: true, colour: accent };
  const before: Block[] = [
    ...headOf(template),
    paragraph([words(fillText(lastTitle, values), title)], { tag: 'H1' }),
    gap(12),
    ...paragraphsOf(fillText(last, values)),
  ];
  const after: Block[] = [
    paragraph([words(fillText(replyHint, values), { ...BODY, sizePt: 9.5, colour: GREY })]),
  ];
  document.flow.place([
    ...pages.context.layOut(before, width, node),
    gapStrip(20),
    buttonStrip(pages, node, fillText(replyButton, values), reply),
    gapStrip(12),
    ...pages.context.layOut(after, width, node),
  ]);
}

/** Company and page number, when the number of pages is known. */
export function footPages({ document, context, format, template, labels, values }: OwnPages): void {
  const { painters } = document.flow;
  const style = { ...BODY, sizePt: FOOT_SIZE, colour: GREY };
  const y = format.height - format.margin.bottom + 16;
  const left = fillText(template.texts.footer, values);
  painters.forEach((painter, i) => {
    const number = `${labels.page} ${i + 1} / ${painters.length}`;
    painter.artifact(() => {
      painter.rectangle(format.margin.left, y - 6, roomWidth(format), 0.5, LIGHT);
      const width = drawLine(
        painter,
        context,
        number,
        style,
        'right',
        format.width - format.margin.right,
        y,
        200,
      );
      const room = roomWidth(format) - width - 12;
      drawLine(painter, context, left, style, 'left', format.margin.left, y, room);
    });
  });
}

function startOwnPage({ document, format }: OwnPages, title: string, accent: Colour): StructureNode {
  const painter = document.flow.startPage();
  painter.artifact(() => painter.rectangle(0, 0, format.width, BAR_HEIGHT, accent));
  document.bookmarks.push({ title, page: document.flow.painters.length - 1, y: 0, children: [] });
  return document.structure.add('Part');
}

/** The logo, or the company's name in its place. */
function headOf({ logo, company, accent }: PdfTemplate): Block[] {
  const image = logo === null ? null : readImage(Buffer.from(logo));
  if (image === null) {
    const style = { ...BODY, sizePt: 13, bold: true, colour: colourOf(accent) };
    return company === '' ? [] : [gap(6), paragraph([words(company, style)]), gap(44)];
  }
  const scale = Math.min(LOGO_WIDTH_MAX / image.width, LOGO_HEIGHT_MAX / image.height);
  const size = { width: image.width * scale, height: image.height * scale };
  return [{ kind: 'picture', image, ...size, alt: company, place: 'left' }, gap(40)];
}

function paragraphsOf(text: string): Block[] {
  return text
    .split(/\n\s*\n/)
    .flatMap((part): Block[] => [gap(9), paragraph([words(part.trim(), { ...BODY, sizePt: 12 })])])
    .slice(1);
}

/** Rows without a value are left out. */
function headingTable(rows: readonly (readonly [string, string])[], labels: PdfLabels): Block {
  const label = { ...BODY, sizePt: 9.5, colour: GREY };
  const value = { ...BODY, sizePt: 10.5 };
  const cell = (text: string, isHead: boolean): Cell => ({
    children: [paragraph([words(text, isHead ? label : value)])],
    style: {
      ...PLAIN_BOX,
      padding: { ...ALL_SIDES(2), left: 0, right: isHead ? 12 : 0 },
      width: isHead ? { points: widestLabel(labels) } : null,
    },
    columns: 1,
    rows: 1,
    isHead,
    align: 'top',
  });
  return {
    kind: 'table',
    isData: true,
    style: { ...PLAIN_BOX, width: { percent: 100 } },
    rows: rows
      .filter(([, text]) => text !== '')
      .map(([name, text]) => ({ cells: [cell(name, true), cell(text, false)], background: null })),
    spacing: 0,
    direction: 'ltr',
  };
}

/** About half its size for a letter. */
const widestLabel = ({ from, to, cc, date, attachments }: PdfLabels): number =>
  Math.max(...[from, to, cc, date, attachments].map((text) => text.length)) * 5.2 + 12;

function buttonStrip(pages: OwnPages, node: StructureNode, text: string, address: string): Strip {
  const { document, context, template, format } = pages;
  const style = { ...BODY, sizePt: 14, bold: true, colour: WHITE };
  const line = fillLines(
    prepareParagraph(paragraph([words(text, style)]), context.shelf),
    roomWidth(format) - 40,
    context.shelf,
  )[0];
  const width = Math.min(roomWidth(format), (line?.width ?? 0) + 56);
  const link = node.add('Link');
  link.alt = text;
  return {
    height: BUTTON_HEIGHT,
    paint: (painter, x, y) => {
      painter.artifact(() =>
        painter.roundedRectangle(x, y, width, BUTTON_HEIGHT, 8, colourOf(template.accent)),
      );
      painter.tagged(link, () => {
        for (const { x: dx, part } of line?.parts ?? []) {
          const left = x + (width - line!.width) / 2;
          if (part.kind === 'glyphs')
            painter.glyphs(part, left + dx, y + (BUTTON_HEIGHT - line!.height) / 2 + line!.baseline);
        }
      });
      document.link(link, { x, y, width, height: BUTTON_HEIGHT }, address, text);
    },
  };
}

/** One line of text, cut where there is no room; returns its width. */
function drawLine(
  painter: Painter,
  { shelf }: LayoutContext,
  text: string,
  style: typeof BODY,
  side: 'left' | 'right',
  x: number,
  y: number,
  room: number,
): number {
  const line = fillLines(prepareParagraph(paragraph([words(text, style)]), shelf), room, shelf)[0];
  if (line === undefined) return 0;
  const left = side === 'left' ? x : x - line.width;
  for (const { x: dx, part } of line.parts) {
    if (part.kind === 'glyphs') painter.glyphs(part, left + dx, y + line.baseline);
  }
  return line.width;
}
