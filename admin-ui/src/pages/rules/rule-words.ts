/** Rules in words: what an operator and an auditor read instead of the book's source. Pure. */
import type { TFunction } from 'i18next';
import type { Action, Condition, Pass } from '../../api/types.ts';

const patternsText = (patterns: string | readonly string[], t: TFunction): string =>
  [patterns].flat().join(` ${t('words.or')} `);

/** Groups within groups are put in brackets; the outermost is not. */
export function conditionWords(c: Condition, t: TFunction, inner = false): string {
  const joined = (members: readonly Condition[], word: string): string => {
    const text = members.map((member) => conditionWords(member, t, members.length > 1)).join(` ${word} `);
    return inner && members.length > 1 ? `(${text})` : text;
  };
  if ('all' in c) return c.all.length === 0 ? t('words.always') : joined(c.all, t('words.and'));
  if ('any' in c) return c.any.length === 0 ? t('words.never') : joined(c.any, t('words.or'));
  if ('not' in c) return t('words.not', { condition: conditionWords(c.not, t, true) });
  return leafWords(c, t);
}

function leafWords(
  c: Exclude<Condition, { all: unknown } | { any: unknown } | { not: unknown }>,
  t: TFunction,
) {
  if ('sender' in c) return t('words.sender', { patterns: patternsText(c.sender, t) });
  if ('recipient' in c) return t('words.recipient', { patterns: patternsText(c.recipient, t) });
  if ('attachment' in c) return attachmentWords(c.attachment, t);
  if ('header' in c) {
    const { name, matches } = c.header;
    return matches === undefined ? t('words.headerIs', { name }) : t('words.header', { name, matches });
  }
  if ('sizeOver' in c) return t('words.sizeOver', { megabytes: Number((c.sizeOver / 1024 ** 2).toFixed(2)) });
  const [kind = '', value] = Object.entries(c)[0] ?? [];
  return typeof value === 'boolean' && kind !== 'always'
    ? t(`words.${kind}.${value ? 'yes' : 'no'}`)
    : t([`words.${kind}.${value}`, `words.${kind}`], { value: String(value) });
}

function attachmentWords(
  wanted: { any?: boolean; name?: string; type?: string; countOver?: number },
  t: TFunction,
): string {
  if (wanted.any === false) return t('words.attachmentNone');
  const parts: string[] = [];
  if (wanted.name !== undefined) parts.push(t('words.attachmentName', { name: wanted.name }));
  if (wanted.type !== undefined) parts.push(t('words.attachmentType', { type: wanted.type }));
  if (wanted.countOver !== undefined) parts.push(t('words.attachmentCount', { count: wanted.countOver }));
  return parts.length === 0 ? t('words.attachmentAny') : parts.join(` ${t('words.and')} `);
}

function actionWords(action: Action, t: TFunction): string {
  switch (action.do) {
    case 'sign':
      return action.method
        ? t('actionWords.signWith', {
            method: t(`technology.${action.method}`),
            form: t(`signForm.${action.form}`),
          })
        : t('actionWords.sign', { form: t(`signForm.${action.form}`) });
    case 'encrypt': {
      const methods = action.methods.map((m) => t(`technology.${m}`)).join(` ${t('words.else')} `);
      return t('actionWords.encrypt', {
        methods,
        otherwise: t(`otherwise.${action.otherwise}`),
        headers: t(`headersWords.${action.headers}`),
      });
    }
    case 'verify':
      return t(action.tagSubject ? 'actionWords.verifyTag' : 'actionWords.verify');
    case 'addHeader':
      return t('actionWords.addHeader', { name: action.name, value: action.value });
    case 'deleteHeader':
      return t('actionWords.deleteHeader', { name: action.name });
    case 'backToSender':
      return t(action.text ? 'actionWords.backWith' : 'actionWords.backToSender', {
        text: action.text ?? '',
      });
    case 'hold':
      return t(action.reason ? 'actionWords.holdWith' : 'actionWords.hold', { reason: action.reason ?? '' });
    default:
      return t(`actionWords.${action.do}`);
  }
}

export function passWords(pass: Pass, t: TFunction): string[] {
  const words = pass.actions.map((action) => actionWords(action, t));
  return pass.deliverTo === undefined
    ? words
    : [...words, t('actionWords.deliverTo', { address: pass.deliverTo })];
}
