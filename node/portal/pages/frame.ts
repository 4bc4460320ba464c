/**
 * The frame of every page: head, the organisation's name or logo, language choice, footer.
 *
 * Works without JavaScript; the script only adds progress and keeps what was typed. `root` is the way from the page to
 * the portal's root (`./` or `../`), so that the portal works below any path of a proxy.
 */
import type { Language } from '#domain/people/mail-domain.ts';
import type { Look } from '../desk-port.ts';
import { Html, html, paragraphs } from '../html.ts';
import { LANGUAGES, TEXTS } from '../texts/languages.ts';

export interface Frame {
  readonly language: Language;
  readonly look: Look;
  readonly root: './' | '../';
  /** Where the language form returns to, below the root; null = no choice of language here. */
  readonly here: string | null;
}

/** Until a link has said whose pages these are. */
export const PLAIN_LOOK: Look = { organisation: '', colour: '#1c5d99', logo: null, footer: '' };

export function page(frame: Frame, title: string, content: Html): string {
  const { language, look, root } = frame;
  return html`${new Html('<!doctype html>')}
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}${look.organisation === '' ? '' : ` · ${look.organisation}`}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${root}portal.css">
<link rel="stylesheet" href="${root}look/${look.colour.slice(1)}.css">
</head>
<body>
<header class="band"><div class="inner">${brand(look)}${languageForm(frame)}</div></header>
<main class="inner">
<h1>${title}</h1>
${content}
</main>
<footer class="inner foot">${paragraphs(look.footer)}</footer>
<script src="${root}portal.js" defer></script>
</body>
</html>
`.text;
}

function brand({ logo, organisation }: Look): Html {
  if (logo === null) return html`<span class="brand">${organisation}</span>`;
  return html`<img class="logo" src="data:${logo.type};base64,${logo.base64}" alt="${organisation}">`;
}

function languageForm({ language, here, root }: Frame): Html {
  if (here === null) return html``;
  const choices = LANGUAGES.map(
    (one) =>
      html`<option value="${one}" lang="${one}"${one === language ? new Html(' selected') : ''}>${TEXTS[one].language}</option>`,
  );
  return html`<form class="language" method="post" action="${root}language">
<input type="hidden" name="here" value="${here}">
<label for="language">${TEXTS[language].chooseLanguage}</label>
<select id="language" name="language">${choices}</select>
<button type="submit" class="quiet">OK</button>
</form>`;
}

/** Told by screen readers at once. */
export function alertBox(text: string): Html {
  return html`<p class="alert" role="alert">${text}</p>`;
}
