/** P22: the decision for 20 recipients with a rule book of 1,000 rules, of which the last one holds. */
import { compileRuleBook } from '#domain/policy/compile.ts';
import type { MailFacts, RecipientFacts } from '#domain/policy/facts.ts';
import { planRecipient } from '#domain/policy/plan.ts';
import { type Condition, readRuleBook } from '#domain/policy/rule-book.ts';
import { type BenchRow, figureOf } from './bench-row.ts';

const RULES = 1000;
const RECIPIENTS = 20;
const DECISIONS = 1000;
const ROUNDS = 3;

/** The kinds that operators write most, none of which holds for the mail below. */
function conditionOf(n: number): Condition {
  const kinds: Condition[] = [
    { recipient: `person-${n}@partner-${n}.example` },
    { recipient: `*@*.branch-${n}.example` },
    { all: [{ direction: 'outgoing' }, { subjectContains: `project ${n}` }] },
    {
      any: [{ sender: `boss-${n}@example.org` }, { header: { name: 'X-Class', matches: `/^class ${n}$/` } }],
    },
    { all: [{ attachment: { name: `*.type${n}` } }, { not: { sizeOver: 1000 } }] },
  ];
  return kinds[n % kinds.length] as Condition;
}

function ruleBook() {
  const passes = [
    {
      actions: [
        { do: 'sign' },
        { do: 'encrypt', methods: ['smime', 'openpgp'], otherwise: 'back-to-sender' },
      ],
    },
  ];
  const rules = Array.from({ length: RULES }, (_, n) => ({
    name: `rule ${n}`,
    when: n === RULES - 1 ? { always: true } : conditionOf(n),
    passes,
  }));
  const read = readRuleBook({ version: 1, rules });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems[0]));
  return compileRuleBook(read.book);
}

const MAIL: MailFacts = {
  zone: 'inside',
  listener: 'inside',
  peerTls: true,
  sender: 'alice@example.org',
  senderIsOurs: true,
  senderEnrolled: true,
  subject: 'Minutes of the meeting on Monday',
  sizeBytes: 10_240,
  attachments: [
    { name: 'minutes.pdf', type: 'application/pdf' },
    { name: 'picture.jpeg', type: 'image/jpeg' },
  ],
  priority: 'normal',
  sensitivity: null,
  isEncrypted: false,
  isSigned: false,
  isCalendar: false,
  commands: new Set(),
  header: (name) => (name.toLowerCase() === 'x-class' ? ['class none'] : []),
};

export async function bench(): Promise<BenchRow[]> {
  const book = ruleBook();
  const recipients: RecipientFacts[] = Array.from({ length: RECIPIENTS }, (_, n) => ({
    address: `someone-${n}@partner.example`,
    isOurs: false,
    enrolled: false,
    possible: { smime: n % 2 === 0, openpgp: true, pdf: true },
    impossibleBecause: { smime: 'no certificate', openpgp: '', pdf: '' },
    hasPdfPassword: false,
  }));
  const decide = (): number => {
    const started = performance.now();
    for (const recipient of recipients) planRecipient(book, MAIL, recipient);
    return performance.now() - started;
  };
  for (let i = 0; i < 50; i++) decide(); // Until it is compiled.
  const p99 = Array.from({ length: ROUNDS }, () => {
    const times = Array.from({ length: DECISIONS }, decide).sort((a, b) => a - b);
    return times[Math.floor(DECISIONS * 0.99)] as number;
  });
  return [figureOf('P22', `decision, ${RULES} rules × ${RECIPIENTS} recipients, p99`, 'ms', p99)];
}
