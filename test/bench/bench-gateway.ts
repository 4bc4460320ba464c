/**
 * The product under measurement: a whole gateway as in the tests, with a rule book of the bench and a given next hop.
 */
import { readFileSync } from 'node:fs';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { type Gateway, runGateway } from '../gateway/run-gateway.ts';

export const SENDER = 'alice@example.org';
export const PARTNER = 'bob@partner.example';

export const PASS_THROUGH: RuleBook['rules'] = [
  { name: 'Everything', when: { always: true }, passes: [{ actions: [{ do: 'nothing' }] }] },
];

export function protectedBy(method: 'smime' | 'openpgp' | 'pdf'): RuleBook['rules'] {
  return [
    {
      name: 'Outgoing',
      when: { direction: 'outgoing' },
      passes: [
        {
          actions: [
            // A PDF is encrypted only: signing its carrier would be S/MIME's time.
            ...(method === 'pdf' ? [] : [{ do: 'sign' as const, form: 'clear' as const }]),
            { do: 'encrypt', methods: [method], otherwise: 'back-to-sender', headers: 'copied' },
          ],
        },
      ],
    },
    {
      name: 'Incoming',
      when: { direction: 'incoming' },
      passes: [{ actions: [{ do: 'decrypt' }, { do: 'verify', tagSubject: false }] }],
    },
  ];
}

export async function benchGateway(
  nextHopPort: number,
  rules: RuleBook['rules'],
  settings: Record<string, object> = {},
): Promise<Gateway> {
  const routes = [{ domain: '*', host: '127.0.0.1', port: nextHopPort, tls: 'none' }];
  const gateway = await runGateway({ send: { routes }, ...settings });
  try {
    await furnish(gateway, rules);
    return gateway;
  } catch (error) {
    await gateway.remove();
    throw error;
  }
}

/** The domain of the bench, and its rules. */
export async function furnish({ admin }: Gateway, rules: RuleBook['rules']): Promise<void> {
  await admin.change('people.addDomain', { domain: 'example.org', reason: 'bench' });
  const state = await admin.query<{ version: number }>('policy.state');
  const book: RuleBook = { version: 1, commands: {}, rules };
  await admin.change('policy.saveDraft', { book, version: state.version, reason: 'bench' });
  const draft = await admin.query<{ version: number }>('policy.state');
  await admin.change('policy.publish', { version: draft.version, reason: 'bench' });
}

export async function importFile(gateway: Gateway, path: string, password = ''): Promise<void> {
  const report = await gateway.admin.change<ImportReport>('certificates.import', {
    fileName: path,
    base64: readFileSync(path).toString('base64'),
    password,
    reason: 'bench',
  });
  const refused = report.entries.find((entry) => entry.outcome === 'refused');
  if (refused) throw new Error(`${path}: ${refused.note}`);
}

/** Processes of a gateway by name; the supervisor is `start`. */
export function processesOf(gateway: Gateway): Map<string, number> {
  const parent = gateway.process().pid as number;
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
  const found = new Map([['start', parent]]);
  for (const child of children) {
    const words = readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0');
    const main = words.findIndex((word) => word.endsWith('/node/main.ts'));
    found.set(words[main + 1] ?? child, Number(child));
  }
  return found;
}
