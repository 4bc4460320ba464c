import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileRuleBook } from '#domain/policy/compile.ts';
import { DEFAULT_RULE_BOOK } from '#domain/policy/default-rule-book.ts';
import type { MailFacts, RecipientFacts } from '#domain/policy/facts.ts';
import { planRecipient } from '#domain/policy/plan.ts';
import { readRuleBook } from '#domain/policy/rule-book.ts';

const mail: MailFacts = {
  zone: 'inside',
  listener: 'inside',
  peerTls: false,
  sender: 'alice@example.org',
  senderIsOurs: true,
  senderEnrolled: false,
  subject: 'Hello',
  sizeBytes: 1000,
  attachments: [],
  priority: 'normal',
  sensitivity: null,
  isEncrypted: false,
  isSigned: false,
  isCalendar: false,
  commands: new Set(),
  header: () => [],
};
const partner: RecipientFacts = {
  address: 'bob@partner.example',
  isOurs: false,
  enrolled: false,
  possible: { smime: true, openpgp: true, pdf: true },
  impossibleBecause: { smime: '', openpgp: '', pdf: '' },
  hasPdfPassword: false,
};
const nobody: RecipientFacts = {
  ...partner,
  possible: { smime: false, openpgp: false, pdf: true },
  impossibleBecause: { smime: 'no certificate', openpgp: 'no key', pdf: '' },
};
const colleague: RecipientFacts = { ...partner, address: 'carol@example.org', isOurs: true };
const defaults = compileRuleBook(DEFAULT_RULE_BOOK);

function book(rules: unknown[], commands = {}) {
  const read = readRuleBook({ version: 1, commands, rules });
  assert.ok('book' in read, JSON.stringify(read));
  return compileRuleBook(read.book);
}

describe('the default rule book', () => {
  it('signs and encrypts what leaves, with the first method that is possible', () => {
    const plan = planRecipient(defaults, mail, partner);
    assert.equal(plan.rule, 'Outgoing');
    assert.deepEqual(plan.copies[0]?.protection, {
      sign: 'smime',
      signForm: 'clear',
      encrypt: 'smime',
      headers: 'copied',
    });
    const openpgp = planRecipient(defaults, mail, {
      ...partner,
      possible: { smime: false, openpgp: true, pdf: true },
    });
    assert.equal(openpgp.copies[0]?.protection.encrypt, 'openpgp');
    assert.equal(openpgp.copies[0]?.protection.sign, 'openpgp');
  });

  it('never sends in clear when nothing is possible: back to the sender, with the reason', () => {
    const plan = planRecipient(defaults, mail, nobody);
    assert.deepEqual(plan.copies, []);
    assert.deepEqual(plan.end, { kind: 'back-to-sender', failure: 'recipient-key-missing', text: '' });
    assert.ok(plan.reasons.some((r) => r.includes('no certificate')));
  });

  it('holds a bounce that cannot be encrypted, since it may quote plaintext and cannot go back', () => {
    assert.equal(
      planRecipient(defaults, { ...mail, sender: null, senderIsOurs: false }, nobody).end.kind,
      'hold',
    );
  });

  it('does not encrypt twice what the client encrypted (P13)', () => {
    const plan = planRecipient(defaults, { ...mail, isEncrypted: true }, nobody);
    assert.equal(plan.end.kind, 'delivered');
    assert.equal(plan.copies[0]?.protection.encrypt, null);
    assert.equal(plan.copies[0]?.protection.sign, 'smime');
  });

  it('opens and verifies what comes in, leaves internal mail as it is', () => {
    const incoming = planRecipient(
      defaults,
      { ...mail, zone: 'outside', sender: 'bob@partner.example' },
      colleague,
    );
    assert.equal(incoming.copies[0]?.decrypt, true);
    assert.ok(incoming.copies[0]?.verify);
    assert.equal(planRecipient(defaults, mail, colleague).copies[0]?.untouched, true);
  });

  it('gives no signature to a sender address that is not ours (threat 20)', () => {
    const plan = planRecipient(
      defaults,
      { ...mail, sender: 'mallory@evil.example', senderIsOurs: false },
      partner,
    );
    assert.deepEqual(plan.end, { kind: 'back-to-sender', failure: 'sender-not-ours', text: '' });
  });

  it('never passes mail from outside to outside', () => {
    assert.equal(planRecipient(defaults, { ...mail, zone: 'outside' }, partner).end.kind, 'hold');
  });
});

describe('rules', () => {
  it('are tried in order, for each recipient apart; the first that holds decides', () => {
    const rules = book([
      { name: 'bob', when: { recipient: '*@partner.example' }, passes: [{ actions: [{ do: 'hold' }] }] },
      { name: 'rest', when: { always: true }, passes: [{ actions: [{ do: 'nothing' }] }] },
    ]);
    assert.equal(planRecipient(rules, mail, partner).rule, 'bob');
    assert.equal(planRecipient(rules, mail, colleague).rule, 'rest');
  });

  it('may have several passes: an archive copy first, then the delivery (P10)', () => {
    const rules = book([
      {
        name: 'archive',
        when: { always: true },
        passes: [
          { deliverTo: 'archive@example.org', actions: [{ do: 'nothing' }] },
          { actions: [{ do: 'sign' }, { do: 'encrypt', methods: ['smime'], otherwise: 'back-to-sender' }] },
        ],
      },
    ]);
    const plan = planRecipient(rules, mail, partner);
    assert.deepEqual(
      plan.copies.map((c) => c.deliverTo),
      ['archive@example.org', 'bob@partner.example'],
    );
  });

  it('send in clear only where the rule says so, and the trace tells it', () => {
    const rules = book([
      {
        name: 'clear',
        when: { always: true },
        passes: [{ actions: [{ do: 'encrypt', methods: ['smime'], otherwise: 'clear' }] }],
      },
    ]);
    const plan = planRecipient(rules, mail, nobody);
    assert.equal(plan.copies[0]?.protection.encrypt, null);
    assert.ok(plan.reasons.includes('no encryption possible, the rule says: clear'));
  });

  it('without a match the mail goes back', () => {
    assert.equal(planRecipient(book([]), mail, partner).end.kind, 'back-to-sender');
  });
});

const holds = (when: unknown, m: Partial<MailFacts> = {}, r: Partial<RecipientFacts> = {}): boolean => {
  const rules = book([{ name: 'x', when, passes: [{ actions: [{ do: 'delete' }] }] }], { secure: 'secure' });
  return planRecipient(rules, { ...mail, ...m }, { ...partner, ...r }).rule === 'x';
};

describe('conditions', () => {
  it('combine in all, any and not', () => {
    assert.ok(holds({ all: [{ direction: 'outgoing' }, { not: { isSigned: true } }] }));
    assert.ok(holds({ any: [{ isSigned: true }, { isEncrypted: false }] }));
    assert.ok(!holds({ all: [{ always: true }, { any: [] }] }));
  });

  it('know addresses by text, wildcard, domain, subdomain and regular expression', () => {
    assert.ok(holds({ recipient: 'BOB@partner.example' }));
    assert.ok(holds({ recipient: 'partner.example' }));
    assert.ok(holds({ recipient: '@partner.example' }));
    assert.ok(!holds({ recipient: '.partner.example' }));
    assert.ok(holds({ recipient: '.partner.example' }, {}, { address: 'x@mail.partner.example' }));
    assert.ok(holds({ sender: ['nobody', 'al?ce@*'] }));
    assert.ok(holds({ recipient: '/^b.b@/' }));
    assert.ok(!holds({ recipient: 'ob@partner.example' }));
  });

  it('know the mail', () => {
    assert.ok(holds({ command: 'secure' }, { commands: new Set(['secure']) }));
    assert.ok(!holds({ command: 'secure' }));
    assert.ok(holds({ subjectContains: 'hell' }));
    assert.ok(holds({ sizeOver: 999 }));
    assert.ok(!holds({ sizeOver: 1000 }));
    const attachments = [{ name: 'plan.PDF', type: 'application/pdf' }];
    assert.ok(holds({ attachment: { any: true } }, { attachments }));
    assert.ok(holds({ attachment: { name: '*.pdf' } }, { attachments }));
    assert.ok(!holds({ attachment: { type: 'image/*' } }, { attachments }));
    assert.ok(!holds({ attachment: { countOver: 1 } }, { attachments }));
    assert.ok(holds({ header: { name: 'X-Class', matches: 'secret*' } }, { header: () => ['Secret stuff'] }));
    assert.ok(holds({ possible: 'none' }, {}, { possible: { smime: false, openpgp: false, pdf: true } }));
    assert.ok(holds({ possible: 'pdf' }));
    assert.ok(holds({ pdfPassword: false }));
    assert.ok(!holds({ pdfPassword: true }));
    assert.ok(holds({ listener: 'inside' }));
    assert.ok(holds({ nullSender: false }));
  });
});

describe('a rule book that is wrong', () => {
  const problemsOf = (input: unknown): string => {
    const read = readRuleBook(input);
    assert.ok('problems' in read);
    return read.problems.map((p) => `${p.path}: ${p.message}`).join('; ');
  };
  const rule = (when: unknown, actions: unknown[]) => ({
    version: 1,
    rules: [{ name: 'a', when, passes: [{ actions }] }],
  });

  it('is refused with the place and the reason', () => {
    assert.match(
      problemsOf(rule({ command: 'gone' }, [{ do: 'hold' }])),
      /rules\.0\.when: no command 'gone'/,
    );
    assert.match(problemsOf(rule({ always: true }, [{ do: 'hold' }, { do: 'sign' }])), /must stand alone/);
    assert.match(problemsOf(rule({ recipient: '/(a+)+$/' }, [{ do: 'hold' }])), /repetition/);
    assert.match(problemsOf(rule({ recipient: '/(/' }, [{ do: 'hold' }])), /not a regular expression/);
    assert.match(problemsOf(rule({ always: true }, [{ do: 'encrypt', methods: ['smime'] }])), /otherwise/);
    const crlf = { do: 'addHeader', name: 'X-A', value: 'a\r\nBcc: x' };
    assert.match(problemsOf(rule({ always: true }, [crlf])), /no line breaks/);
    assert.match(problemsOf({ version: 2, rules: [] }), /version/);
  });
});
