/**
 * What one mail domain has of its own in its PDFs: logo, colour, texts per language. Data only; the renderer has the
 * layout, and texts of its own for whatever is empty here.
 *
 * Stream `pdf-template/<domain>`, `pdf-template/*` for all domains without one of their own.
 */
import { z } from 'zod';
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';

/** The template of domains that have none. */
export const DEFAULT_TEMPLATE = '*';

export const templateStream = (domain: string): string => `pdf-template/${domain}`;

/** Base64 characters; 256 KB of image: it stands in every PDF. */
const LOGO_CHARS_MAX = 350_000;

const colour = z.string().regex(/^#[0-9a-f]{6}$/, 'a colour such as #0b4f8a');
/** Lines of text; no other control characters (threat 31), no evaluation of anything in them (threat 18). */
const prose = z
  .string()
  .max(2000)
  .regex(/^[^\p{Cc}\u2028\u2029]*(?:\n[^\p{Cc}\u2028\u2029]*)*$/u, 'text without control characters');

const textsSchema = z.strictObject({
  coverTitle: prose.default(''),
  cover: prose.default(''),
  lastTitle: prose.default(''),
  last: prose.default(''),
  replyButton: prose.default(''),
  /** Below the button; also says what to do without it. */
  replyHint: prose.default(''),
  /** At the foot of each page: imprint, address. */
  footer: prose.default(''),
  /** In the mail that carries the PDF, before the explanation. */
  mailText: prose.default(''),
});

export const templateSchema = z.strictObject({
  /** Name of the organisation as partners know it. */
  company: prose.default(''),
  logo: z
    .strictObject({
      type: z.enum(['image/png', 'image/jpeg']),
      base64: z
        .string()
        .max(LOGO_CHARS_MAX)
        .regex(/^[A-Za-z0-9+/]+={0,2}$/),
    })
    .nullable()
    .default(null),
  /** Of headings, lines, the button. */
  accent: colour.nullable().default(null),
  /** A small page that a telephone shows large, or one to print; null = the renderer's choice. */
  page: z.enum(['phone', 'a4']).nullable().default(null),
  texts: z
    .strictObject({
      en: textsSchema.prefault({}),
      de: textsSchema.prefault({}),
      nl: textsSchema.prefault({}),
      fr: textsSchema.prefault({}),
    })
    .prefault({}),
});

export type TemplateRecord = z.infer<typeof templateSchema>;

/** Nothing of its own. */
export const EMPTY_TEMPLATE: TemplateRecord = templateSchema.parse({});

export type TemplateCommand =
  | {
      readonly type: 'SetPdfTemplate';
      readonly domain: string;
      readonly template: TemplateRecord;
      readonly at: Instant;
    }
  | { readonly type: 'RemovePdfTemplate'; readonly at: Instant };
export type TemplateEvent =
  | {
      readonly type: 'PdfTemplateSet';
      readonly domain: string;
      readonly template: TemplateRecord;
      readonly at: Instant;
    }
  | { readonly type: 'PdfTemplateRemoved'; readonly at: Instant };
export type TemplateRefusal = 'malformed' | 'unknown';

/** State: the template, null when there is none. */
export const templateDecider: Decider<
  TemplateCommand,
  TemplateEvent,
  TemplateRecord | null,
  TemplateRefusal
> = {
  zero: null,
  decide,
  evolve: (_before, event) => (event.type === 'PdfTemplateSet' ? templateSchema.parse(event.template) : null),
  schemas: { PdfTemplateSet: 1, PdfTemplateRemoved: 1 },
};

function decide(
  command: TemplateCommand,
  before: TemplateRecord | null,
): Decision<TemplateEvent, TemplateRefusal> {
  if (command.type === 'RemovePdfTemplate') {
    return before === null ? refuse('unknown') : accept({ type: 'PdfTemplateRemoved', at: command.at });
  }
  const read = templateSchema.safeParse(command.template);
  if (!read.success) return refuse('malformed');
  if (JSON.stringify(read.data) === JSON.stringify(before)) return accept();
  return accept({ type: 'PdfTemplateSet', domain: command.domain, template: read.data, at: command.at });
}
