/**
 * What the stages of the line reach the world through.
 */
import type { Layout } from '#node/config/layout.ts';
import type { PdfKeysPort } from '#node/keys/pdf-port.ts';
import type { KeysPort } from '#node/keys/port.ts';
import type { PdfRequest, PdfResult } from '#node/pdf/port.ts';
import type { QueueWriter } from '#node/queue/queue-writer.ts';
import type { Ask } from './facts.ts';

/** One mail as one encrypted PDF; its time and memory are the worker's, or the browser's that prints it. */
export type MakePdf = (request: PdfRequest) => Promise<PdfResult>;

/** What a worker thread is started with. */
export interface LineSettings {
  readonly layout: Layout;
  readonly node: string;
  readonly hostname: string;
  /** HTML of PDFs is printed by the `render` process. */
  readonly render: boolean;
}

export interface LinePorts {
  readonly settings: LineSettings;
  readonly ask: Ask;
  readonly keys: KeysPort;
  readonly pdfKeys: PdfKeysPort;
  readonly makePdf: MakePdf;
  readonly queue: QueueWriter;
  /** Queue ids of what has left already, from a gateway that is gone; nearly always empty. */
  readonly left: ReadonlySet<string>;
}
