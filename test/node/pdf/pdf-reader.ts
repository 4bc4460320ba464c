/** The PDF reader of browsers (pdf.js), without a browser: what stands in a PDF, and where its buttons lead. */
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';

export interface ReadPdf {
  readonly text: string;
  readonly attachments: readonly string[];
  readonly language: string | null;
  readonly links: readonly string[];
}

/** Rejects when the password is not the one. */
export async function readByPdfJs(pdf: Uint8Array, password: string): Promise<ReadPdf> {
  const task = getDocument({ data: Uint8Array.from(pdf), password, verbosity: 0, useSystemFonts: false });
  try {
    const document = await task.promise;
    let text = '';
    const links: string[] = [];
    for (let i = 1; i <= document.numPages; i += 1) {
      const page = await document.getPage(i);
      const content = await page.getTextContent();
      text += content.items.map((item) => ('str' in item ? item.str : '')).join(' ');
      const annotations = (await page.getAnnotations()) as { url?: string }[];
      links.push(...annotations.flatMap(({ url }) => (url === undefined ? [] : [url])));
    }
    const attachments = await document.getAttachments();
    const { info } = (await document.getMetadata()) as unknown as { info: { Language: string | null } };
    const names =
      attachments === null
        ? []
        : Object.values(attachments as Record<string, { filename: string }>).map((a) => a.filename);
    return { text, attachments: names.sort(), language: info.Language, links };
  } finally {
    await task.destroy();
  }
}
