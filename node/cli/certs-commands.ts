/** `sealgate certs …` and `sealgate keys …`: find, import, export, decide about trust, revoke, make. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Page } from '#node/web/admin-request.ts';
import type { CertificateDetail, CertificateRow, ImportReport } from '#node/web/certificates-admin-port.ts';
import { CommandFailed } from './admin-client.ts';
import {
  type Command,
  type CommandContext,
  needed,
  printable,
  table,
  timeText,
  UsageError,
} from './command.ts';

const ROWS = 200; // A screen of people; `--search` narrows, `--json` pages are for programs.

function word(context: CommandContext, what: string): string {
  const value = context.words[0];
  if (!value) throw new UsageError(`${what} is needed`);
  return value;
}

const FULL_ID = /^(smime\/[0-9a-f]{64}|openpgp\/[0-9a-f]{40,64})$/;
const SHORT_ID_CHARS = 24; // Shown in tables: `smime/` or `openpgp/` and 16 or more hex digits.

/** The whole id for its beginning, as tables show it. */
async function idOf(context: CommandContext): Promise<string> {
  const given = word(context, 'an id').toLowerCase();
  if (FULL_ID.test(given)) return given;
  const search = given.slice(given.indexOf('/') + 1);
  const page = await context.admin.query<Page<CertificateRow>>('certificates.list', {
    search,
    pageRows: ROWS,
  });
  const found = page.rows.filter((r) => r.id.startsWith(given) || r.fingerprint.startsWith(given));
  const [one, another] = found;
  if (!one) throw new CommandFailed(`No certificate or key has an id that begins with ${given}.`);
  if (another) throw new CommandFailed(`More than one id begins with ${given}; give more of it.`);
  return one.id;
}

/** A password never stands on a command line, where other users of the machine can read it. */
function passwordOf(context: CommandContext): string {
  const file = context.options['password-file'];
  return typeof file === 'string' ? readFileSync(file, 'utf8').replace(/\r?\n$/, '') : '';
}

function listOf(kind: 'own' | null): Command['run'] {
  return async ({ admin, print, options }) => {
    const search = typeof options.search === 'string' ? options.search : '';
    const page = await admin.query<Page<CertificateRow>>('certificates.list', {
      search,
      kind,
      technology: null,
      pageRows: ROWS,
    });
    const rows = page.rows.map((r) => [
      r.id.slice(0, SHORT_ID_CHARS),
      r.kind,
      r.addresses.join(' ') || r.name,
      r.usage.join('+'),
      timeText(r.notAfterMs).slice(0, 10),
      r.revoked ? 'revoked' : r.usable ? 'usable' : r.trust,
    ]);
    print(page, [
      ...table(['id', 'kind', 'for', 'usage', 'until', 'state'], rows),
      `${page.rows.length} of ${page.total}`,
    ]);
    return true;
  };
}

export const keysList: Command = {
  usage: 'keys [--search TEXT]',
  does: 'our own keys',
  options: ['search'],
  run: listOf('own'),
};

export const certsList: Command = {
  usage: 'certs [--search TEXT]',
  does: 'certificates and keys, ours and of partners',
  options: ['search'],
  run: listOf(null),
};

/** Algorithms for one address of a partner, and why. */
function abilityLines({ address, ...a }: CertificateDetail['abilities'][number]): string[] {
  const when = a.announcedAtMs === null ? '' : `, ${timeText(a.announcedAtMs)}`;
  return [
    `to ${address}  ${a.content}, ${a.keyTransport}, signatures ${a.signature} (profile ${a.profile})`,
    `announced  ${a.announced.join(', ') || 'nothing'}${when}`,
  ].map(printable);
}

function detailLines({ history, chain, abilities, ...fields }: CertificateDetail): string[] {
  const shown = Object.entries(fields).map(([name, value]) => {
    if (name.endsWith('Ms')) return [name.slice(0, -2), timeText(value as number | null)];
    return [name, Array.isArray(value) ? value.join(' ') : String(value)];
  });
  const events = history.map((e) => [e.position, timeText(e.atMs), e.kind, e.actor, e.reason]);
  return [
    ...table(['', ''], shown).slice(1),
    `chain  ${chain.map((link) => link.name).join('  ←  ')}`,
    ...abilities.flatMap(abilityLines),
    ...table(['position', 'at', 'event', 'who', 'why'], events),
  ];
}

export const certsShow: Command = {
  usage: 'certs show ID',
  does: 'everything about one',
  async run(context) {
    const found = await context.admin.query<CertificateDetail | null>('certificates.get', {
      id: await idOf(context),
    });
    if (!found) throw new CommandFailed('There is no such certificate or key.');
    context.print(found, detailLines(found));
    return true;
  },
};

export const certsImport: Command = {
  usage: 'certs import FILE [--password-file FILE] [--reason TEXT]',
  does: 'imports PEM, DER, P7B, PKCS#12 or OpenPGP keys, with a report per entry',
  options: ['password-file', 'reason'],
  async run(context) {
    const file = word(context, 'a file');
    const report = await context.admin.change<ImportReport>('certificates.import', {
      fileName: basename(file),
      base64: readFileSync(file).toString('base64'),
      password: passwordOf(context),
      reason: String(context.options.reason ?? ''),
    });
    context.print(
      report,
      report.entries.map((e) => `${e.outcome}  ${e.what}  ${e.name}  ${e.note}`.trimEnd()),
    );
    return report.entries.every((e) => e.outcome !== 'refused');
  },
};

export const certsExport: Command = {
  usage:
    'certs export ID --out FILE [--format pem|der|p7b|openpgp-armored|openpgp-binary|p12] [--password-file FILE] [--reason TEXT]',
  does: 'writes a certificate or key to a file; p12 holds the private key and is recorded with its reason',
  options: ['out', 'format', 'password-file', 'reason'],
  async run(context) {
    const out = needed(context, 'out');
    const format = String(context.options.format ?? 'pem');
    const reason = format === 'p12' ? needed(context, 'reason') : '';
    const id = await idOf(context);
    const file = await (format === 'p12'
      ? context.admin.change<{ base64: string }>('certificates.exportPrivate', {
          id,
          password: passwordOf(context),
          reason,
        })
      : context.admin.query<{ base64: string }>('certificates.export', { id, format }));
    writeFileSync(out, Buffer.from(file.base64, 'base64'), { mode: 0o600 });
    context.print({ out }, [`written to ${out}`]);
    return true;
  },
};

function decide(
  usage: string,
  does: string,
  act: (context: CommandContext, id: string, reason: string) => Promise<unknown>,
): Command {
  return {
    usage,
    does,
    options: ['reason', 'why'],
    async run(context) {
      const reason = needed(context, 'reason');
      const id = await idOf(context);
      await act(context, id, reason);
      context.print({ id }, ['done']);
      return true;
    },
  };
}

export const certsTrust = decide('certs trust ID --reason TEXT', 'trusts it', ({ admin }, id, reason) =>
  admin.change('certificates.setTrust', { id, trust: 'trusted', reason }),
);
export const certsDistrust = decide(
  'certs distrust ID --reason TEXT',
  'never uses it',
  ({ admin }, id, reason) => admin.change('certificates.setTrust', { id, trust: 'distrusted', reason }),
);
export const certsRevoke = decide(
  'certs revoke ID --reason TEXT [--why keyCompromise|superseded|…]',
  'revokes it for good; one of our own CA goes on the CRL',
  ({ admin, options }, id, reason) =>
    admin.change('certificates.revoke', { id, why: String(options.why ?? 'unspecified'), reason }),
);

export const certsProfile: Command = {
  usage: 'certs profile ADDRESS PROFILE --reason TEXT',
  does: 'S/MIME algorithms for a partner; PROFILE: automatic (as its program announced), strong, compatible',
  options: ['reason'],
  async run(context) {
    const [address, profile] = context.words;
    if (!address || !profile) throw new UsageError('an address and a profile are needed');
    const reason = needed(context, 'reason');
    await context.admin.change('certificates.chooseProfile', { address, profile, reason });
    context.print({ address, profile }, ['done']);
    return true;
  },
};

export const keysCreate: Command = {
  usage: 'keys create ADDRESS [--technology smime|openpgp] [--reason TEXT]',
  does: "makes a person's keys now instead of at first need",
  options: ['technology', 'reason'],
  async run(context) {
    const ids = await context.admin.change<string[]>('certificates.createKeys', {
      address: word(context, 'an address'),
      technology: String(context.options.technology ?? 'smime'),
      reason: String(context.options.reason ?? ''),
    });
    context.print(ids, ids);
    return true;
  },
};
