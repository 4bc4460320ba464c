/**
 * The texts of a mail as blocks; which pictures they show, and which texts were too long to be shown whole.
 */
import { Buffer } from 'node:buffer';
import type { Octets } from '#domain/mail/octets.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';
import { bodyText } from '#domain/pdf/body-text.ts';
import type { MailContent } from '#domain/pdf/mail-content.ts';
import type { PdfLabels } from '#domain/pdf/standard-texts.ts';
import { htmlBlocks } from './html/html-blocks.ts';
import { LinkNotes } from './html/link-notes.ts';
import type { Block } from './layout/model.ts';
import { BODY, GREY, LIGHT, paragraph, words } from './layout/styles.ts';
import { MailPictures } from './mail-pictures.ts';
import { plainTextBlocks } from './plain-text.ts';

export interface MailBody {
  readonly blocks: readonly Block[];
  readonly shownPictures: ReadonlySet<MimeEntity>;
  readonly cutTexts: readonly MimeEntity[];
}

/** A long thread has a hundred kilobytes; the markup of a newsletter one megabyte. */
const TEXT_OCTETS_MAX = 4 * 1024 * 1024;
/** Three hundred pages. */
const PLAIN_CHARS_MAX = 600_000;

export function mailBody(
  octets: Octets,
  content: MailContent,
  labels: PdfLabels,
  room: { readonly width: number; readonly height: number },
): MailBody {
  const blocks: Block[] = [];
  const cutTexts: MimeEntity[] = [];
  const pictures = new MailPictures(octets, content.pictures);
  const links = new LinkNotes();
  const ports = {
    ...room,
    links,
    picture: (source: string) => pictures.find(source),
    pictureNotShown: labels.pictureNotShown,
  };
  for (const entity of content.texts) {
    const { text, isCut } = textOf(octets, entity);
    const { value, parameters } = entity.contentType;
    let isWhole = !isCut;
    if (value === 'text/html') {
      const made = htmlBlocks(text, ports);
      isWhole &&= !made.isCut;
      blocks.push(...made.blocks);
    } else {
      const isFlowed = parameters.get('format')?.toLowerCase() === 'flowed';
      const shown = text.slice(0, PLAIN_CHARS_MAX);
      isWhole &&= shown.length === text.length;
      blocks.push(...plainTextBlocks(shown, isFlowed, parameters.get('delsp')?.toLowerCase() === 'yes'));
    }
    if (!isWhole) cutTexts.push(entity);
  }
  return { blocks: [...blocks, ...linkList(links.targets, labels)], shownPictures: pictures.shown, cutTexts };
}

/** The targets of links, by their numbers in the text. */
export function linkList(targets: readonly string[], labels: PdfLabels): Block[] {
  if (targets.length === 0) return [];
  const style = { ...BODY, sizePt: 8.5, colour: GREY };
  const items = targets.map((target, i) => ({
    marker: paragraph([words(`[${i + 1}]`, style)], { tag: 'Lbl' }),
    children: [paragraph([words(target, style)], { tag: 'LBody' })],
  }));
  return [
    { kind: 'gap', height: 18 },
    { kind: 'rule', colour: LIGHT, width: 0.75 },
    { kind: 'gap', height: 6 },
    paragraph([words(labels.links, { ...style, bold: true })]),
    { kind: 'gap', height: 3 },
    { kind: 'list', indent: 28, items, direction: 'ltr' },
  ];
}

export function textOf(octets: Octets, entity: MimeEntity): { text: string; isCut: boolean } {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  let isCut = false;
  for (const piece of decodedBody(octets, entity)) {
    const room = TEXT_OCTETS_MAX - sizeBytes;
    isCut = piece.length > room;
    const kept = Uint8Array.from(isCut ? piece.subarray(0, room) : piece); // A piece is only lent.
    pieces.push(kept);
    sizeBytes += kept.length;
    if (isCut) break;
  }
  const charset = entity.contentType.parameters.get('charset') ?? '';
  return { text: bodyText(Buffer.concat(pieces), charset, entity.contentType.value === 'text/html'), isCut };
}
