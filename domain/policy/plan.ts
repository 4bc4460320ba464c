/**
 * Decides for one recipient: which rule, which copies leave, how each is protected, or why none does. Pure.
 */
import type { FailureName } from '#domain/mail/outcome.ts';
import { type CompiledRuleBook, chooseRule } from './compile.ts';
import { directionOf, type MailFacts, type Method, type RecipientFacts, type SignMethod } from './facts.ts';
import type { Action, Pass } from './rule-book.ts';

export interface Protection {
  /** Of a PDF: what the mail that carries it is signed with. */
  readonly sign: SignMethod | null;
  readonly signForm: 'clear' | 'opaque';
  readonly encrypt: Method | null;
  /** Methods that the rule would rather take, were they possible; absent: none. */
  readonly preferred?: readonly Method[];
  /** RFC 9788: `hidden` = the subject is replaced outside the encryption. */
  readonly headers: 'copied' | 'hidden';
}

export type HeaderEdit =
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  | { readonly kind: 'delete'; readonly name: string };

/** One copy of the mail, the end of one pass. */
export interface Copy {
  readonly deliverTo: string;
  /** Leaves exactly as it came. */
  readonly untouched: boolean;
  /** Opened where it could be opened for this recipient. */
  readonly decrypt: boolean;
  readonly verify: { readonly tagSubject: boolean } | null;
  readonly protection: Protection;
  readonly headerEdits: readonly HeaderEdit[];
}

export interface RecipientPlan {
  readonly recipient: string;
  /** Name of the rule that decided; null when none did. */
  readonly rule: string | null;
  readonly copies: readonly Copy[];
  readonly end:
    | { readonly kind: 'delivered' }
    | { readonly kind: 'deleted' }
    | {
        readonly kind: 'hold';
        readonly reason: string;
        /** It can go on when one of these becomes possible for the recipient. */
        readonly waitsFor?: readonly Method[];
      }
    | { readonly kind: 'back-to-sender'; readonly failure: FailureName; readonly text: string };
  /** In words, in order, for the trace. */
  readonly reasons: readonly string[];
}

const UNPROTECTED: Protection = { sign: null, signForm: 'clear', encrypt: null, headers: 'copied' };

/** The partner's own copy of an answer given in the portal: a PDF, whatever the rules are (SpoolHeader.portalCopy). */
export function planPortalCopy(recipient: string): RecipientPlan {
  const copy: Copy = {
    deliverTo: recipient,
    untouched: false,
    decrypt: false,
    verify: null,
    // Unsigned: what came from outside never gets a signature of ours (threat 20).
    protection: { ...UNPROTECTED, encrypt: 'pdf' },
    headerEdits: [],
  };
  const reasons = ['copy of an answer given in the portal'];
  return { recipient, rule: null, copies: [copy], end: { kind: 'delivered' }, reasons };
}

export function planRecipient(
  book: CompiledRuleBook,
  mail: MailFacts,
  recipient: RecipientFacts,
): RecipientPlan {
  const reasons: string[] = [];
  const direction = directionOf(mail.zone, recipient.isOurs);
  reasons.push(`direction: ${direction}`);
  const plan = (rule: string | null, copies: Copy[], end: RecipientPlan['end']): RecipientPlan => ({
    recipient: recipient.address,
    rule,
    copies,
    end,
    reasons,
  });
  if (direction === 'relay') {
    reasons.push('from outside to outside: not ours to pass on');
    return plan(null, [], { kind: 'hold', reason: 'relay from outside' });
  }
  const chosen = chooseRule(book, mail, recipient);
  if (!chosen) {
    reasons.push('no rule matches');
    return plan(null, [], bounceOrHold(mail, 'no-rule-matches', ''));
  }
  const name = chosen.rule.name;
  reasons.push(`rule: ${name}`);
  const copies: Copy[] = [];
  for (const pass of chosen.rule.passes) {
    const done = performPass(pass, mail, recipient, reasons);
    if ('copy' in done) copies.push(done.copy);
    else if (done.end.kind === 'hold') return plan(name, [], done.end);
    else return plan(name, copies, done.end);
  }
  return plan(name, copies, { kind: 'delivered' });
}

/** A mail without a sender cannot go back: it waits for a person instead of being lost. */
function bounceOrHold(mail: MailFacts, failure: FailureName, text: string): RecipientPlan['end'] {
  if (mail.sender === null)
    return { kind: 'hold', reason: `${failure}, and there is no sender to return it to` };
  return { kind: 'back-to-sender', failure, text };
}

type PassEnd = { copy: Copy } | { end: RecipientPlan['end'] };

function performPass(pass: Pass, mail: MailFacts, recipient: RecipientFacts, reasons: string[]): PassEnd {
  const find = <W extends Action['do']>(word: W): Extract<Action, { do: W }> | undefined =>
    pass.actions.find((a): a is Extract<Action, { do: W }> => a.do === word);
  const hold = find('hold');
  if (hold) return { end: { kind: 'hold', reason: hold.reason ?? 'held by rule' } };
  if (find('delete')) return { end: { kind: 'deleted' } };
  const back = find('backToSender');
  if (back) return { end: bounceOrHold(mail, 'no-rule-matches', back.text ?? '') };
  const deliverTo = pass.deliverTo ?? recipient.address;
  const headerEdits = pass.actions.flatMap((a): HeaderEdit[] => {
    if (a.do === 'addHeader') return [{ kind: 'add', name: a.name, value: a.value }];
    return a.do === 'deleteHeader' ? [{ kind: 'delete', name: a.name }] : [];
  });
  if (find('nothing')) {
    reasons.push('passed on as it is');
    const none = { untouched: true, decrypt: false, verify: null, protection: UNPROTECTED, headerEdits };
    return { copy: { deliverTo, ...none } };
  }
  const encryption = chooseEncryption(find('encrypt'), mail, recipient, reasons);
  if ('end' in encryption) return encryption;
  const signature = chooseSignature(find('sign'), encryption.method, mail, reasons);
  if ('end' in signature) return signature;
  const verify = find('verify');
  return {
    copy: {
      deliverTo,
      untouched: false,
      decrypt: find('decrypt') !== undefined,
      verify: verify ? { tagSubject: verify.tagSubject } : null,
      protection: {
        sign: signature.method,
        signForm: find('sign')?.form ?? 'clear',
        encrypt: encryption.method,
        ...(encryption.preferred && { preferred: encryption.preferred }),
        headers: find('encrypt')?.headers ?? 'copied',
      },
      headerEdits,
    },
  };
}

type Choice<M extends Method> =
  | { method: M | null; preferred?: readonly Method[] }
  | { end: RecipientPlan['end'] };

function chooseEncryption(
  action: Extract<Action, { do: 'encrypt' }> | undefined,
  mail: MailFacts,
  recipient: RecipientFacts,
  reasons: string[],
): Choice<Method> {
  if (!action) return { method: null };
  if (mail.isEncrypted) {
    reasons.push('already encrypted by the sender: not encrypted twice');
    return { method: null };
  }
  for (const [i, method] of action.methods.entries()) {
    if (recipient.possible[method]) {
      reasons.push(`encrypted with ${method}`);
      // Whoever waits for a password goes on with a key that arrives meanwhile.
      return method === 'pdf' && i > 0 ? { method, preferred: action.methods.slice(0, i) } : { method };
    }
    reasons.push(`${method} not possible: ${recipient.impossibleBecause[method]}`);
  }
  reasons.push(`no encryption possible, the rule says: ${action.otherwise}`);
  if (action.otherwise === 'clear') return { method: null };
  const waitsFor = action.methods;
  if (action.otherwise === 'hold')
    return { end: { kind: 'hold', reason: 'recipient-key-missing', waitsFor } };
  const end = bounceOrHold(mail, 'recipient-key-missing', '');
  return { end: end.kind === 'hold' ? { ...end, waitsFor } : end };
}

function chooseSignature(
  action: Extract<Action, { do: 'sign' }> | undefined,
  encryption: Method | null,
  mail: MailFacts,
  reasons: string[],
): Choice<SignMethod> {
  if (!action) return { method: null };
  if (mail.sender === null) {
    reasons.push('not signed: the mail has no sender');
    return { method: null };
  }
  if (mail.isSigned) {
    reasons.push('already signed by the sender: not signed twice');
    return { method: null };
  }
  // P26: inside is proven by the connection, and a signature is given to our own addresses only.
  if (mail.zone !== 'inside' || !mail.senderIsOurs) {
    reasons.push('not signed: the sender is not one of ours');
    return { end: bounceOrHold(mail, 'sender-not-ours', '') };
  }
  const encrypts = encryption === 'pdf' ? null : encryption;
  const method = encrypts ?? action.method ?? 'smime';
  reasons.push(encryption === 'pdf' ? `its carrier signed with ${method}` : `signed with ${method}`);
  return { method };
}
