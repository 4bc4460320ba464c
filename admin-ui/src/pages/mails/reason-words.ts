/** The line's reasons in the reader's language; one that is not known here is shown as the line wrote it. Pure. */
import type { TFunction } from 'i18next';

type Words = (match: RegExpExecArray, t: TFunction) => string;

const method = (word: string | undefined, t: TFunction): string => t(`technology.${word}`, word ?? '');

const KNOWN: readonly (readonly [RegExp, Words])[] = [
  [
    /^direction: (\w+)$/,
    (m, t) => t('reasonWords.direction', { direction: t(`direction.${m[1]}`, m[1] ?? '') }),
  ],
  [/^rule: (.+)$/, (m, t) => t('reasonWords.rule', { rule: m[1] })],
  [/^encrypted with (\w+)$/, (m, t) => t('reasonWords.encrypted', { method: method(m[1], t) })],
  [/^its carrier signed with (\w+)$/, (m, t) => t('reasonWords.carrierSigned', { method: method(m[1], t) })],
  [/^signed with (\w+)$/, (m, t) => t('reasonWords.signed', { method: method(m[1], t) })],
  [
    /^(smime|openpgp|pdf) not possible: (.*)$/,
    (m, t) => t('reasonWords.notPossible', { method: method(m[1], t), why: m[2] }),
  ],
  [
    /^no encryption possible, the rule says: (.+)$/,
    (m, t) => t('reasonWords.noneHow', { otherwise: t(`otherwise.${m[1]}`, m[1] ?? '') }),
  ],
  [/^no rule matches$/, (_, t) => t('reasonWords.noRule')],
  [/^passed on as it is$/, (_, t) => t('reasonWords.asItIs')],
  [/^already encrypted by the sender/, (_, t) => t('reasonWords.encryptedBefore')],
  [/^already signed by the sender/, (_, t) => t('reasonWords.signedBefore')],
  [/^not signed: the mail has no sender$/, (_, t) => t('reasonWords.noSender')],
  [/^not signed: the sender is not one of ours$/, (_, t) => t('reasonWords.notOurs')],
  [/^from outside to outside/, (_, t) => t('reasonWords.relay')],
];

export function reasonWords(reason: string, t: TFunction): string {
  for (const [pattern, words] of KNOWN) {
    const match = pattern.exec(reason);
    if (match) return words(match, t);
  }
  return reason;
}
