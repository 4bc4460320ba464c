/**
 * A mail to a PDF whose pages Chromium prints; cover, heading, last page, attachments and encryption are ours. When it
 * cannot, the built-in renderer does it all, and the result says why.
 *
 * Mails that are plain text only go by the built-in renderer: nothing of them is lost there.
 */
import type { Octets } from '#domain/mail/octets.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';
import { type MailContent, mailContent } from '#domain/pdf/mail-content.ts';
import { PDF_LABELS, type PdfLabels } from '#domain/pdf/standard-texts.ts';
import type { PrintEnd, PrintPages, PrintPicture } from '#node/render/port.ts';
import { browserPage, browserText } from './html/browser-page.ts';
import { LinkNotes } from './html/link-notes.ts';
import { roomHeight } from './layout/page-flow.ts';
import { linkList, type MailBody, textOf } from './mail-body.ts';
import { namedPart, PICTURES_MAX, PICTURES_OCTETS_MAX, pictureOctets } from './mail-pictures.ts';
import { headingRoom, makePdf } from './make-pdf.ts';
import { PAGE_FORMATS } from './page-formats.ts';
import type { PdfRequest, PdfResult } from './port.ts';

/** A browser shows them; none can hold a script that runs there. */
const PICTURE = /^image\/(?:jpeg|png|gif|webp|bmp|avif)$/;
/** A heading with more than this share of the page stands alone. */
const HEADING_SHARE_MAX = 0.5;

interface PrintableBody {
  readonly html: string;
  readonly pictures: readonly PrintPicture[];
  readonly body: MailBody;
}

/** Recipients of one mail share its pages as long as these look the same. */
export function mailPrinter(print: PrintPages): (request: PdfRequest) => Promise<PdfResult> {
  const printed = new WeakMap<MimeEntity, Map<string, Promise<PrintEnd>>>();

  function printOnce(request: PdfRequest, printable: PrintableBody, headRoom: number): Promise<PrintEnd> {
    const { entity, template, language } = request;
    const known = printed.get(entity) ?? new Map<string, Promise<PrintEnd>>();
    printed.set(entity, known);
    const key = `${template.page} ${language} ${headRoom}`;
    const { width, height, margin } = PAGE_FORMATS[template.page];
    const { html, pictures } = printable;
    const job = known.get(key) ?? print({ html, pictures, page: { width, height, margin }, headRoom });
    known.set(key, job);
    return job;
  }

  return async (request) => {
    const content = mailContent(request.entity);
    if (!content.texts.some(isHtml)) return makePdf(request);
    const printable = printableBody(request.octets, content, PDF_LABELS[request.language]);
    const heading = headingRoom(request, content, printable.body);
    const belowHeading = heading <= roomHeight(PAGE_FORMATS[request.template.page]) * HEADING_SHARE_MAX;
    const end = await printOnce(request, printable, belowHeading ? Math.ceil(heading) : 0);
    if (end.kind === 'failed') {
      const made = makePdf(request);
      return 'refused' in made ? made : { ...made, notRendered: end.why };
    }
    const { pages, scale } = end;
    return makePdf(request, { body: printable.body, pages, scale, belowHeading });
  };
}

const isHtml = (entity: MimeEntity): boolean => entity.contentType.value === 'text/html';

function printableBody(octets: Octets, content: MailContent, labels: PdfLabels): PrintableBody {
  const links = new LinkNotes();
  const cutTexts: MimeEntity[] = [];
  const shownPictures = new Set<MimeEntity>();
  const pictures = new PagePictures(octets, content, shownPictures);
  const pieces = content.texts.map((entity) => {
    const { text, isCut } = textOf(octets, entity);
    const made = isHtml(entity)
      ? browserPage(text, {
          links,
          picture: (source) => pictures.addressOf(source),
          pictureNotShown: labels.pictureNotShown,
        })
      : { html: browserText(text), isCut: false };
    if (isCut || made.isCut) cutTexts.push(entity);
    return made.html;
  });
  const body = { blocks: linkList(links.targets, labels), shownPictures, cutTexts };
  return { html: pieces.join('<hr>'), pictures: pictures.all, body };
}

/** Pictures of the mail under names that the page asks for. */
class PagePictures {
  readonly all: PrintPicture[] = [];
  readonly #octets: Octets;
  readonly #content: MailContent;
  readonly #shown: Set<MimeEntity>;
  readonly #known = new Map<MimeEntity, string | null>();
  #sizeBytes = 0;

  constructor(octets: Octets, content: MailContent, shown: Set<MimeEntity>) {
    this.#octets = octets;
    this.#content = content;
    this.#shown = shown;
  }

  addressOf(source: string): string | null {
    const entity = namedPart(source, this.#content.pictures);
    if (entity === undefined) return null;
    let address = this.#known.get(entity);
    if (address === undefined) {
      address = this.#take(entity);
      this.#known.set(entity, address);
    }
    return address;
  }

  #take(entity: MimeEntity): string | null {
    const type = entity.contentType.value;
    if (!PICTURE.test(type) || this.all.length >= PICTURES_MAX) return null;
    const octets = pictureOctets(this.#octets, entity);
    if (octets === null || this.#sizeBytes + octets.length > PICTURES_OCTETS_MAX) return null;
    this.#sizeBytes += octets.length;
    this.#shown.add(entity);
    const name = `picture-${this.all.length + 1}`;
    this.all.push({ name, type, octets });
    return name;
  }
}
