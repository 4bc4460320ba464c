/** Before sign-in: the password of the conversation, or a plain word why there is no way in. */
import { html } from '../html.ts';
import { fill, TEXTS, waitText } from '../texts/languages.ts';
import { alertBox, type Frame, page } from './frame.ts';

export type SignInTrouble = { readonly kind: 'wrong' } | { readonly kind: 'locked'; readonly waitMs: number };

export function signInPage(frame: Frame, trouble: SignInTrouble | null): string {
  const texts = TEXTS[frame.language];
  return page(
    frame,
    texts.signInTitle,
    html`${trouble === null ? null : alertBox(troubleText(frame, trouble))}
<p>${texts.signInLead}</p>
<form method="post" class="stack">
<label for="password">${texts.password}</label>
<input id="password" name="password" type="password" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="512" required autofocus>
<button type="submit">${texts.open}</button>
</form>`,
  );
}

/** Behind the password: the code that was mailed. `pending`: what the desk wants back with it. */
export function codePage(frame: Frame, pending: string, trouble: SignInTrouble | null): string {
  const texts = TEXTS[frame.language];
  return page(
    frame,
    texts.codeTitle,
    html`${trouble === null ? null : alertBox(troubleText(frame, trouble, texts.codeWrong))}
<p>${texts.codeLead}</p>
<form method="post" action="${frame.root}code" class="stack">
<input type="hidden" name="pending" value="${pending}">
<label for="code">${texts.code}</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="20" required autofocus>
<button type="submit">${texts.open}</button>
</form>`,
  );
}

function troubleText({ language }: Frame, trouble: SignInTrouble, wrong?: string): string {
  const texts = TEXTS[language];
  switch (trouble.kind) {
    case 'wrong':
      return wrong ?? texts.wrong;
    case 'locked':
      return fill(texts.locked, { time: waitText(texts, trouble.waitMs) });
  }
}

export type DeadEnd =
  | 'unknown'
  | 'expired'
  | 'codeExpired'
  | 'unavailable'
  | 'used'
  | 'registered'
  | 'changed'
  | 'signedOut'
  | 'ended';

/** A page with nothing to do on it. */
export function deadEndPage(frame: Frame, kind: DeadEnd): string {
  const texts = TEXTS[frame.language];
  return page(frame, texts[`${kind}Title`], html`<p>${texts[`${kind}Text`]}</p>`);
}
