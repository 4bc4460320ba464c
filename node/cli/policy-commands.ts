/** `sealgate policy …`: the rule book in force, drafts, publication, dry run. */
import { readFileSync } from 'node:fs';
import type { DryRunDecision } from '#node/web/policy-admin-port.ts';
import { CommandFailed } from './admin-client.ts';
import { type Command, needed, printable, timeText, UsageError } from './command.ts';

interface PolicyState {
  readonly published: { source: string; position: string; atMs: number; by: string; reason: string } | null;
  readonly draft: { source: string; savedAtMs: number; by: string } | null;
  readonly version: number;
}
interface CheckedSource {
  readonly book: unknown;
  readonly problems: readonly { line: number | null; path: string; message: string }[];
}

export const policyShow: Command = {
  usage: 'policy [--draft]',
  does: 'prints the rule book in force, or the draft, as YAML',
  switches: ['draft'],
  async run({ admin, print, options }) {
    const state = await admin.query<PolicyState>('policy.state');
    const shown = options.draft ? state.draft : state.published;
    if (!shown) throw new CommandFailed(options.draft ? 'There is no draft.' : 'No rule book is published.');
    const head =
      'position' in shown
        ? [`# published ${timeText(shown.atMs)} by ${shown.by}: ${printable(shown.reason)}`]
        : [];
    print(state, [...head, shown.source]);
    return true;
  },
};

export const policyDraft: Command = {
  usage: 'policy draft FILE [--dry-run]',
  does: 'saves a rule book (YAML) as the draft, or names what is wrong with the line',
  switches: ['dry-run'],
  async run({ admin, print, words, options }) {
    const [file] = words;
    if (!file) throw new UsageError('a file is needed');
    const checked = await admin.change<CheckedSource>('policy.checkSource', {
      source: readFileSync(file, 'utf8'),
    });
    if (checked.problems.length > 0) {
      print(
        checked,
        checked.problems.map((p) =>
          [`${file}:${p.line ?? '?'}`, p.path, p.message].filter(Boolean).join(': '),
        ),
      );
      return false;
    }
    const { version } = await admin.query<PolicyState>('policy.state');
    if (!options['dry-run']) await admin.change('policy.saveDraft', { book: checked.book, version });
    print({ saved: !options['dry-run'] }, [options['dry-run'] ? 'correct' : 'saved as draft']);
    return true;
  },
};

export const policyPublish: Command = {
  usage: 'policy publish --reason TEXT',
  does: 'puts the draft into force on all mail from now on',
  options: ['reason'],
  async run(context) {
    const reason = needed(context, 'reason');
    const { version } = await context.admin.query<PolicyState>('policy.state');
    await context.admin.change('policy.publish', { version, reason });
    context.print({ published: true }, ['published']);
    return true;
  },
};

export const policyExplain: Command = {
  usage:
    'policy explain --sender ADDRESS --recipient ADDRESS [--subject TEXT] [--zone inside|outside] [--draft]',
  does: 'tells what would be done with such a mail, and why; sends nothing',
  options: ['sender', 'recipient', 'subject', 'zone', 'listener', 'size'],
  switches: ['draft', 'encrypted', 'signed'],
  async run(context) {
    const { options } = context;
    const zone = String(options.zone ?? 'inside');
    const decisions = await context.admin.change<DryRunDecision[]>('policy.explain', {
      book: options.draft ? 'draft' : 'published',
      mail: {
        zone,
        listener: String(options.listener ?? zone),
        sender: needed(context, 'sender'),
        recipients: needed(context, 'recipient').split(','),
        subject: String(options.subject ?? ''),
        sizeBytes: Number(options.size ?? 10_000),
        encrypted: options.encrypted === true,
        signed: options.signed === true,
        headers: [],
        attachments: [],
      },
    });
    context.print(
      decisions,
      decisions.flatMap((d) => [
        `${d.recipient} (${d.direction}): ${d.result}`,
        `  rule: ${d.rule ?? 'none'}`,
        ...d.actions.map((a) => `  ${a}`),
        ...d.reasons.map((r) => `  ${r.matched ? '✓' : '·'} ${r.rule}: ${r.why}`),
      ]),
    );
    return true;
  },
};
