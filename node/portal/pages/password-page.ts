/** Choosing a password: at an invitation, and to change the one in use. */
import type { PasswordProblem } from '#domain/pdf/password-form.ts';
import { html } from '../html.ts';
import { fill, TEXTS } from '../texts/languages.ts';
import { alertBox, type Frame, page } from './frame.ts';

export interface PasswordForm {
  readonly charactersMin: number;
  readonly problem: PasswordProblem | 'differ' | null;
  /** Stands in the form of someone who is signed in. */
  readonly formToken: string | null;
}

/** `sender`: who wrote the mail that waits. */
export function invitationPage(frame: Frame, sender: string, form: PasswordForm): string {
  const texts = TEXTS[frame.language];
  const lead = fill(texts.inviteLead, { sender });
  return passwordPage(frame, { title: texts.inviteTitle, lead, button: texts.choose }, form);
}

export function changePage(frame: Frame, form: PasswordForm): string {
  const { changeTitle: title, changeLead: lead, change: button } = TEXTS[frame.language];
  return passwordPage(frame, { title, lead, button }, form);
}

function passwordPage(
  frame: Frame,
  { title, lead, button }: { title: string; lead: string; button: string },
  form: PasswordForm,
): string {
  const texts = TEXTS[frame.language];
  const problems: Readonly<Record<PasswordProblem | 'differ', string>> = {
    differ: texts.differ,
    'too-short': texts.tooShort,
    'too-long': texts.tooLong,
    'odd-character': texts.oddCharacter,
    'too-simple': texts.tooSimple,
    'names-a-person': texts.namesPerson,
  };
  return page(
    frame,
    title,
    html`${form.problem === null ? null : alertBox(problems[form.problem])}
<p>${lead}</p>
<form method="post" class="stack">
${form.formToken === null ? null : html`<input type="hidden" name="token" value="${form.formToken}">`}
<label for="password">${texts.newPassword}</label>
<input id="password" name="password" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" maxlength="512" aria-describedby="rule" required>
<p id="rule" class="hint">${fill(texts.passwordRule, { count: form.charactersMin })}</p>
<label for="again">${texts.repeatPassword}</label>
<input id="again" name="again" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" maxlength="512" required>
<button type="submit">${button}</button>
</form>`,
  );
}
