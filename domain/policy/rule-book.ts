/**
 * The rule book: an ordered list of rules; for each recipient the first rule whose condition holds decides.
 *
 * A rule is a concatenation of passes; each pass ends in one copy of the mail (features.md P10). This schema is the
 * storage format of a published rule book (`version`) and the reference of the rule language (docs/rules.md).
 */
import { z } from 'zod';

const RULES_MAX = 5000; // 1,000 rules must be decided in a millisecond (targets.md P22); five times that is room, not use.
const CONDITION_DEPTH_MAX = 16; // Deeper groups are not readable by an auditor.

const text = z.string().min(1).max(1000);

/**
 * `*` stands for any run of characters, `?` for one; `example.org` or `@example.org` for the whole domain,
 * `.example.org` for its subdomains; `/…/` is a regular expression (no look-around, no back reference).
 */
const pattern = z.union([text, z.array(text).min(1)]);

export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }
  | { always: true }
  | { direction: 'outgoing' | 'incoming' | 'internal' }
  | { sender: string | string[] }
  | { recipient: string | string[] }
  | { nullSender: boolean }
  | { senderIsOurs: boolean }
  | { enrolled: 'sender' | 'recipient' }
  | { command: string }
  | { subjectContains: string }
  | { possible: 'smime' | 'openpgp' | 'pdf' | 'none' }
  | { pdfPassword: boolean }
  | { isEncrypted: boolean }
  | { isSigned: boolean }
  | { isCalendar: boolean }
  | { sizeOver: number }
  | { attachment: { any?: boolean; name?: string; type?: string; countOver?: number } }
  | { priority: 'high' | 'normal' | 'low' }
  | { sensitivity: 'personal' | 'private' | 'company-confidential' }
  | { header: { name: string; matches?: string } }
  | { listener: string }
  | { peerTls: boolean };

const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ all: z.array(conditionSchema) }),
    z.strictObject({ any: z.array(conditionSchema) }),
    z.strictObject({ not: conditionSchema }),
    z.strictObject({ always: z.literal(true) }),
    z.strictObject({ direction: z.enum(['outgoing', 'incoming', 'internal']) }),
    z.strictObject({ sender: pattern }),
    z.strictObject({ recipient: pattern }),
    z.strictObject({ nullSender: z.boolean() }),
    z.strictObject({ senderIsOurs: z.boolean() }),
    z.strictObject({ enrolled: z.enum(['sender', 'recipient']) }),
    z.strictObject({ command: text }),
    z.strictObject({ subjectContains: text }),
    z.strictObject({ possible: z.enum(['smime', 'openpgp', 'pdf', 'none']) }),
    z.strictObject({ pdfPassword: z.boolean() }),
    z.strictObject({ isEncrypted: z.boolean() }),
    z.strictObject({ isSigned: z.boolean() }),
    z.strictObject({ isCalendar: z.boolean() }),
    z.strictObject({ sizeOver: z.number().int().nonnegative() }),
    z.strictObject({
      attachment: z.strictObject({
        any: z.boolean().optional(),
        name: text.optional(),
        type: text.optional(),
        countOver: z.number().int().nonnegative().optional(),
      }),
    }),
    z.strictObject({ priority: z.enum(['high', 'normal', 'low']) }),
    z.strictObject({ sensitivity: z.enum(['personal', 'private', 'company-confidential']) }),
    z.strictObject({ header: z.strictObject({ name: text, matches: text.optional() }) }),
    z.strictObject({ listener: text }),
    z.strictObject({ peerTls: z.boolean() }),
  ]),
);

const headerName = z.string().regex(/^[!-9;-~]{1,76}$/, 'a header field name');
/** No CR or LF may come in by a rule (threat 31). */
const headerValue = z
  .string()
  .max(2000)
  .regex(/^[^\r\n\0]*$/, 'no line breaks');
const signMethod = z.enum(['smime', 'openpgp']);
const method = z.enum(['smime', 'openpgp', 'pdf']);
const mailbox = z
  .string()
  .max(320)
  .regex(/^[^\s@<>"]+@[^\s@<>"]+$/, 'an address');

const actionSchema = z.discriminatedUnion('do', [
  /** The mail leaves exactly as it came. Must stand alone in its pass. */
  z.strictObject({ do: z.literal('nothing') }),
  /** Signed with the method that `encrypt` chose; `method` says which where that cannot sign (none, PDF; default S/MIME). */
  z.strictObject({
    do: z.literal('sign'),
    method: signMethod.optional(),
    form: z.enum(['clear', 'opaque']).default('clear'),
  }),
  z.strictObject({
    do: z.literal('encrypt'),
    /** In order of preference. */
    methods: z.array(method).min(1),
    /** When none of them is possible for the recipient. There is no default: never silently in clear. */
    otherwise: z.enum(['back-to-sender', 'hold', 'clear']),
    /** RFC 9788: what outsiders see of the subject. */
    headers: z.enum(['copied', 'hidden']).default('copied'),
  }),
  z.strictObject({ do: z.literal('decrypt') }),
  z.strictObject({ do: z.literal('verify'), tagSubject: z.boolean().default(false) }),
  z.strictObject({ do: z.literal('addHeader'), name: headerName, value: headerValue }),
  z.strictObject({ do: z.literal('deleteHeader'), name: headerName }),
  z.strictObject({ do: z.literal('backToSender'), text: headerValue.optional() }),
  z.strictObject({ do: z.literal('hold'), reason: headerValue.optional() }),
  z.strictObject({ do: z.literal('delete') }),
]);

const passSchema = z.strictObject({
  /** Where this copy goes; absent = the recipient of the envelope. */
  deliverTo: mailbox.optional(),
  actions: z.array(actionSchema).min(1),
});

/** Ciphers that protect nobody any more; old mail in them is opened only by this explicit switch (features.md S2). */
export const WEAK_CIPHERS = ['3des', 'rc2', 'rc4', 'des'] as const;
export type WeakCipher = (typeof WEAK_CIPHERS)[number];

const ruleSchema = z.strictObject({
  name: z.string().min(1).max(200),
  when: conditionSchema,
  passes: z.array(passSchema).min(1).max(10),
});

export const ruleBookSchema = z.strictObject({
  version: z.literal(1),
  /** Subject line commands: word in a rule → what the sender writes, without braces. */
  commands: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), text).default({}),
  /** S/MIME mail in these is opened, and the status names them. Absent = none. Nothing is ever sent in them. */
  weakCiphers: z.array(z.enum(WEAK_CIPHERS)).optional(),
  rules: z.array(ruleSchema).max(RULES_MAX),
});

export type Action = z.infer<typeof actionSchema>;
export type Pass = z.infer<typeof passSchema>;
export type Rule = z.infer<typeof ruleSchema>;
export type RuleBook = z.infer<typeof ruleBookSchema>;

export interface RuleBookProblem {
  /** Path into the rule book, e.g. `rules.2.passes.0.actions.1`. */
  readonly path: string;
  readonly message: string;
}

/** Reads a rule book and checks what a schema cannot: names, patterns, actions that exclude each other. */
export function readRuleBook(input: unknown): { book: RuleBook } | { problems: RuleBookProblem[] } {
  const parsed = ruleBookSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((i) => ({ path: i.path.join('.'), message: i.message }));
    return { problems };
  }
  const problems = parsed.data.rules.flatMap((rule, i) => ruleProblems(rule, i, parsed.data));
  return problems.length > 0 ? { problems } : { book: parsed.data };
}

function ruleProblems(rule: Rule, index: number, book: RuleBook): RuleBookProblem[] {
  const problems: RuleBookProblem[] = [];
  const at = (path: string, message: string): void =>
    void problems.push({ path: `rules.${index}.${path}`, message });
  if (book.rules.findIndex((r) => r.name === rule.name) !== index)
    at('name', `the name '${rule.name}' stands twice`);
  checkCondition(rule.when, 'when', 0);
  rule.passes.forEach((pass, p) => {
    const words = pass.actions.map((a) => a.do);
    const alone = words.find((w) => ['nothing', 'backToSender', 'hold', 'delete'].includes(w));
    if (alone && words.length > 1) at(`passes.${p}.actions`, `'${alone}' must stand alone in its pass`);
    for (const word of ['sign', 'encrypt', 'decrypt', 'verify']) {
      if (words.filter((w) => w === word).length > 1) at(`passes.${p}.actions`, `'${word}' stands twice`);
    }
  });
  return problems;

  function checkCondition(c: Condition, path: string, depth: number): void {
    if (depth > CONDITION_DEPTH_MAX) {
      at(path, 'groups are nested too deeply');
      return;
    }
    if ('all' in c) for (const [i, x] of c.all.entries()) checkCondition(x, `${path}.all.${i}`, depth + 1);
    if ('any' in c) for (const [i, x] of c.any.entries()) checkCondition(x, `${path}.any.${i}`, depth + 1);
    if ('not' in c) checkCondition(c.not, `${path}.not`, depth + 1);
    if ('command' in c && !Object.hasOwn(book.commands, c.command))
      at(path, `no command '${c.command}' is defined`);
    const patterns = 'sender' in c ? c.sender : 'recipient' in c ? c.recipient : [];
    for (const p of [patterns].flat()) {
      const problem = patternProblem(p);
      if (problem) at(path, problem);
    }
    if ('header' in c && c.header.matches !== undefined) {
      const problem = patternProblem(c.header.matches);
      if (problem) at(path, problem);
    }
  }
}

/** A pattern between slashes must compile, and may not hold constructs whose time explodes on hostile text. */
function patternProblem(p: string): string | null {
  if (!(p.length > 1 && p.startsWith('/') && p.endsWith('/'))) return null;
  const source = p.slice(1, -1);
  if (/\(\?[=!<]|\\[1-9]|\\k</.test(source)) return `${p}: look-around and back references are not allowed`;
  // A repeated group that itself repeats is what makes matching exponential.
  if (/\([^()]*[*+{][^()]*\)[*+{]/.test(source))
    return `${p}: a repetition inside a repeated group is not allowed`;
  try {
    new RegExp(source, 'iu');
    return null;
  } catch {
    return `${p}: not a regular expression`;
  }
}
