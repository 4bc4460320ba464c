/** `sealgate people …`, `sealgate domains …`, `sealgate operators …`: who is ours, and who runs the gateway. */
import type { Page } from '#node/web/admin-request.ts';
import type { OperatorRow } from '#node/web/operators-admin-port.ts';
import type { MailDomainRow, PersonRow } from '#node/web/people-admin-port.ts';
import { type Command, type CommandContext, needed, table, timeText, UsageError } from './command.ts';

const ROWS = 200; // A screen of people; `--search` narrows.

function word({ words }: CommandContext, what: string): string {
  const [value] = words;
  if (!value) throw new UsageError(`${what} is needed`);
  return value;
}

const reasonOf = ({ options }: CommandContext): string => String(options.reason ?? '');

export const domainsList: Command = {
  usage: 'domains',
  does: 'our mail domains',
  async run({ admin, print }) {
    const rows = await admin.query<MailDomainRow[]>('people.domains');
    const cells = rows.map((r) => [r.domain, String(r.people), r.language, timeText(r.sinceMs)]);
    print(rows, table(['domain', 'people', 'language', 'since'], cells));
    return true;
  },
};

export const domainsAdd: Command = {
  usage: 'domains add DOMAIN [--reason TEXT]',
  does: 'makes a mail domain ours: its people are enrolled and get keys at their first need',
  options: ['reason'],
  async run(context) {
    const domain = word(context, 'a mail domain');
    await context.admin.change('people.addDomain', { domain, reason: reasonOf(context) });
    context.print({ domain }, ['added']);
    return true;
  },
};

export const domainsLanguage: Command = {
  usage: 'domains language DOMAIN LANGUAGE [--reason TEXT]',
  does: 'language of the status and the reports that its people get: en, de, nl, fr',
  options: ['reason'],
  async run(context) {
    const [domain, language] = context.words;
    if (!domain || !language) throw new UsageError('a mail domain and a language are needed');
    const reason = reasonOf(context);
    await context.admin.change('people.setDomainLanguage', { domain, language, reason });
    context.print({ domain, language }, ['changed']);
    return true;
  },
};

export const domainsRemove: Command = {
  usage: 'domains remove DOMAIN --reason TEXT',
  does: 'mail for this domain is not accepted from outside any more',
  options: ['reason'],
  async run(context) {
    const domain = word(context, 'a mail domain');
    await context.admin.change('people.removeDomain', { domain, reason: needed(context, 'reason') });
    context.print({ domain }, ['removed']);
    return true;
  },
};

export const peopleList: Command = {
  usage: 'people [--search TEXT]',
  does: 'people who are enrolled, and whether they have keys',
  options: ['search'],
  async run({ admin, print, options }) {
    const search = String(options.search ?? '');
    const page = await admin.query<Page<PersonRow>>('people.list', { search, pageRows: ROWS });
    const cells = page.rows.map((r) => [
      r.address,
      r.name,
      [...(r.smime > 0 ? ['S/MIME'] : []), ...(r.openpgp > 0 ? ['OpenPGP'] : [])].join(' ') || '-',
      timeText(r.sinceMs),
    ]);
    print(page, [
      ...table(['address', 'name', 'keys', 'since'], cells),
      `${page.rows.length} of ${page.total}`,
    ]);
    return true;
  },
};

export const peopleEnroll: Command = {
  usage: 'people enroll ADDRESS --name NAME [--reason TEXT]',
  does: 'gives a person of our mail domains a seat; not needed where people are enrolled at their first need',
  options: ['name', 'reason'],
  async run(context) {
    const address = word(context, 'an address');
    const name = needed(context, 'name');
    await context.admin.change('people.enroll', { address, name, reason: reasonOf(context) });
    context.print({ address }, ['enrolled']);
    return true;
  },
};

export const peopleWithdraw: Command = {
  usage: 'people withdraw ADDRESS --reason TEXT',
  does: 'takes the seat; the keys stay for reading old mail',
  options: ['reason'],
  async run(context) {
    const address = word(context, 'an address');
    await context.admin.change('people.withdraw', { address, reason: needed(context, 'reason') });
    context.print({ address }, ['withdrawn']);
    return true;
  },
};

export const operatorsList: Command = {
  usage: 'operators',
  does: 'who may sign in to the admin page, and in which roles',
  async run({ admin, print }) {
    const rows = await admin.query<OperatorRow[]>('operators.list');
    const cells = rows.map((r) => [
      r.id,
      r.name,
      r.roles.join(' '),
      r.enabled ? (r.mustChange ? 'must set a password' : 'enabled') : 'disabled',
    ]);
    print(rows, table(['id', 'name', 'roles', 'state'], cells));
    return true;
  },
};

export const operatorsAdd: Command = {
  usage: 'operators add ID --name NAME --roles ROLE,ROLE… [--reason TEXT]',
  does: 'adds an operator and shows the first password, once',
  options: ['name', 'roles', 'reason'],
  async run(context) {
    const id = word(context, 'the name to sign in with');
    const { password } = await context.admin.change<{ password: string }>('operators.create', {
      id,
      name: needed(context, 'name'),
      roles: needed(context, 'roles').split(','),
      reason: reasonOf(context),
    });
    context.print({ id, password }, [`password, shown only now: ${password}`]);
    return true;
  },
};

export const operatorsReset: Command = {
  usage: 'operators reset-password ID --reason TEXT',
  does: 'makes a new password and shows it, once; it must be changed at sign-in',
  options: ['reason'],
  async run(context) {
    const id = word(context, 'the name to sign in with');
    const { password } = await context.admin.change<{ password: string }>('operators.resetPassword', {
      id,
      reason: needed(context, 'reason'),
    });
    context.print({ id, password }, [`password, shown only now: ${password}`]);
    return true;
  },
};

function enabling(usage: string, does: string, enabled: boolean): Command {
  return {
    usage,
    does,
    options: ['reason'],
    async run(context) {
      const id = word(context, 'the name to sign in with');
      await context.admin.change('operators.setEnabled', { id, enabled, reason: needed(context, 'reason') });
      context.print({ id, enabled }, ['done']);
      return true;
    },
  };
}

export const operatorsDisable = enabling('operators disable ID --reason TEXT', 'ends all sign-ins', false);
export const operatorsEnable = enabling('operators enable ID --reason TEXT', 'may sign in again', true);
