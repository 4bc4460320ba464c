/** An error in the reader's words: what happened, and where it helps what to do. */
import type { TFunction } from 'i18next';
import { isApiError } from './client.ts';

/** One that the page itself makes; its message is a key of the texts. */
export class TextError extends Error {}

export function errorText(error: unknown, t: TFunction): string {
  if (error instanceof TextError) return t(error.message);
  if (!isApiError(error)) return t('error.unknown');
  const { data } = error;
  if (!data) return t('error.network');
  if (data.refusal) return t(`refusal.${data.refusal}`, { detail: error.message });
  if (data.invalid) {
    const fields = data.invalid.map((issue) => `${t(`field.${issue.field}`, issue.field)}: ${issue.message}`);
    return t('error.invalid', { fields: fields.join('; ') });
  }
  switch (data.code) {
    case 'FORBIDDEN':
      return t('error.forbidden');
    case 'UNAUTHORIZED':
      return t('error.signedOut');
    case 'INTERNAL_SERVER_ERROR':
      return t('error.internal');
    default:
      return error.message;
  }
}
