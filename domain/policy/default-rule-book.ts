/**
 * The rule book a new gateway starts with: nothing leaves in clear, everything that comes in is opened and checked.
 */
import type { RuleBook } from './rule-book.ts';

export const DEFAULT_RULE_BOOK: RuleBook = {
  version: 1,
  commands: {},
  rules: [
    {
      // A bounce of the own mail server may quote what we decrypted: it never leaves in clear by itself.
      name: 'Bounces to the outside',
      when: { all: [{ direction: 'outgoing' }, { nullSender: true }] },
      passes: [
        { actions: [{ do: 'encrypt', methods: ['smime', 'openpgp'], otherwise: 'hold', headers: 'copied' }] },
      ],
    },
    {
      name: 'Outgoing',
      when: { direction: 'outgoing' },
      passes: [
        {
          actions: [
            { do: 'sign', form: 'clear' },
            { do: 'encrypt', methods: ['smime', 'openpgp'], otherwise: 'back-to-sender', headers: 'copied' },
          ],
        },
      ],
    },
    {
      name: 'Incoming',
      when: { direction: 'incoming' },
      passes: [{ actions: [{ do: 'decrypt' }, { do: 'verify', tagSubject: false }] }],
    },
    {
      name: 'Internal',
      when: { direction: 'internal' },
      passes: [{ actions: [{ do: 'nothing' }] }],
    },
  ],
};
