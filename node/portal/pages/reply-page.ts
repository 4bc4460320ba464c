/** Signed in: what is answered, the form of the answer, what comes after it, and what was answered before. */
import type { EarlierReply, SessionView } from '../desk-port.ts';
import { type Html, html } from '../html.ts';
import { dateTimeText, fill, sizeText, TEXTS } from '../texts/languages.ts';
import { alertBox, type Frame, page } from './frame.ts';

export type ValidView = Extract<SessionView, { kind: 'valid' }>;

export interface ReplyLimits {
  readonly filesMax: number;
  /** Of all files of one answer together. */
  readonly bytesMax: number;
}

export type ReplyProblem = 'empty' | 'tooLarge' | 'tooMany' | 'cutOff' | 'formTooOld' | 'unavailableText';

export interface ReplyForm {
  /** Id of this submission, made with the form. */
  readonly submission: string;
  readonly message: string;
  readonly problem: ReplyProblem | null;
}

export function replyPage(frame: Frame, view: ValidView, limits: ReplyLimits, form: ReplyForm): string {
  const texts = TEXTS[frame.language];
  const size = sizeText(frame.language, limits.bytesMax);
  const limit = { size, count: limits.filesMax };
  const told = form.problem === null ? null : fill(texts[form.problem], limit);
  return page(
    frame,
    texts.replyTitle,
    html`${told === null ? null : alertBox(told)}
<dl class="about">
<dt>${texts.replyTo}</dt><dd>${view.sender}</dd>
<dt>${texts.subject}</dt><dd>${view.subject}</dd>
</dl>
<p class="hint">${texts.sentOn} ${dateTimeText(frame.language, view.sentAtMs)}</p>
<form method="post" action="reply" enctype="multipart/form-data" class="stack" id="reply" data-sending="${texts.sending}" data-failed="${texts.sendFailed}" data-again="${texts.again}" data-ended="${texts.endedText}" data-large="${fill(texts.tooLarge, limit)}" data-many="${fill(texts.tooMany, limit)}" data-bytes-max="${limits.bytesMax}" data-files-max="${limits.filesMax}">
<input type="hidden" name="token" value="${view.formToken}">
<input type="hidden" name="submission" value="${form.submission}">
<label for="message">${texts.message}</label>
<textarea id="message" name="message" rows="12">
${form.message}</textarea>
<p class="hint script-only" hidden>${texts.kept}</p>
<label for="files">${texts.files}</label>
<input id="files" name="file" type="file" multiple aria-describedby="limit">
<p id="limit" class="hint">${fill(texts.filesLimit, limit)}</p>
<progress id="progress" max="100" value="0" aria-labelledby="state" hidden></progress>
<p id="state" role="status"></p>
<button type="submit">${texts.send}</button>
</form>
${ways(frame, view)}`,
  );
}

export function sentPage(frame: Frame, view: ValidView): string {
  const texts = TEXTS[frame.language];
  const { sender, recipient } = view;
  return page(
    frame,
    texts.sentTitle,
    html`<p role="status">${fill(texts.sentText, { sender, recipient })}</p>
<p><a href="reply">${texts.another}</a></p>
${ways(frame, view)}`,
  );
}

export function earlierPage(frame: Frame, view: ValidView, replies: readonly EarlierReply[]): string {
  const texts = TEXTS[frame.language];
  const rows = [...replies].reverse().map((reply) => {
    const date = dateTimeText(frame.language, reply.atMs);
    const size = sizeText(frame.language, reply.sizeBytes);
    return html`<li>${fill(texts.earlierRow, { date, count: reply.attachments, size })}</li>`;
  });
  return page(
    frame,
    texts.earlierTitle,
    html`${rows.length === 0 ? html`<p>${texts.earlierNone}</p>` : html`<ul>${rows}</ul>`}
<p><a href="reply">${texts.back}</a></p>
${ways(frame, view)}`,
  );
}

function ways(frame: Frame, view: ValidView): Html {
  const texts = TEXTS[frame.language];
  return html`<nav class="ways">
<a href="earlier">${texts.earlierTitle}</a>
<a href="password">${texts.changeTitle}</a>
<form method="post" action="sign-out"><input type="hidden" name="token" value="${view.formToken}"><button type="submit" class="quiet">${texts.signOut}</button></form>
</nav>`;
}
