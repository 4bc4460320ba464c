/**
 * The command line tool: `sealgate <word> …`, the words of the admin pages.
 *
 * Exit codes: 0 done, 1 refused or something is wrong, 2 wrong use. `--json` prints the answer for programs.
 */
import { parseArgs } from 'node:util';
import { layoutOf } from '#node/config/layout.ts';
import { loadSettings } from '#node/config/load-settings.ts';
import { adminClient, CommandFailed } from './admin-client.ts';
import { auditExport, auditKey, auditList, auditVerify } from './audit-commands.ts';
import { auditDiff, auditState } from './audit-history.ts';
import {
  certsDistrust,
  certsExport,
  certsImport,
  certsList,
  certsProfile,
  certsRevoke,
  certsShow,
  certsTrust,
  keysCreate,
  keysList,
} from './certs-commands.ts';
import {
  clusterInit,
  clusterJoin,
  clusterLeave,
  clusterRecover,
  clusterRemove,
  clusterStatus,
  clusterToken,
} from './cluster-commands.ts';
import { type Command, printable, UsageError } from './command.ts';
import { certsCrl } from './crl-command.ts';
import {
  queueDelete,
  queueDrop,
  queueHeld,
  queueList,
  queueRelease,
  queueRetry,
  traceList,
} from './mail-commands.ts';
import {
  pdfHistory,
  pdfNotice,
  pdfPairs,
  pdfPolicySet,
  pdfPolicyShow,
  pdfReset,
  pdfShow,
  pdfStatistics,
  pdfTemplateRemove,
  pdfTemplateSet,
  pdfTemplates,
  pdfUnlock,
} from './pdf-commands.ts';
import {
  domainsAdd,
  domainsLanguage,
  domainsList,
  domainsRemove,
  operatorsAdd,
  operatorsDisable,
  operatorsEnable,
  operatorsList,
  operatorsReset,
  peopleEnroll,
  peopleList,
  peopleWithdraw,
} from './people-commands.ts';
import { policyDraft, policyExplain, policyPublish, policyShow } from './policy-commands.ts';
import { clusterReplace } from './replace-command.ts';
import { statusCommand } from './status-command.ts';
import { clusterStopEngine, witnessJoin, witnessStart } from './witness-commands.ts';

/** By their words; the longest that fits is meant. */
const COMMANDS: Readonly<Record<string, Command>> = {
  status: statusCommand,
  domains: domainsList,
  'domains add': domainsAdd,
  'domains language': domainsLanguage,
  'domains remove': domainsRemove,
  people: peopleList,
  'people enroll': peopleEnroll,
  'people withdraw': peopleWithdraw,
  operators: operatorsList,
  'operators add': operatorsAdd,
  'operators reset-password': operatorsReset,
  'operators disable': operatorsDisable,
  'operators enable': operatorsEnable,
  keys: keysList,
  'keys create': keysCreate,
  certs: certsList,
  'certs show': certsShow,
  'certs import': certsImport,
  'certs export': certsExport,
  'certs crl': certsCrl,
  'certs trust': certsTrust,
  'certs distrust': certsDistrust,
  'certs profile': certsProfile,
  'certs revoke': certsRevoke,
  pdf: pdfPairs,
  'pdf history': pdfHistory,
  'pdf show': pdfShow,
  'pdf reset': pdfReset,
  'pdf notice': pdfNotice,
  'pdf unlock': pdfUnlock,
  'pdf policy': pdfPolicyShow,
  'pdf set-policy': pdfPolicySet,
  'pdf templates': pdfTemplates,
  'pdf set-template': pdfTemplateSet,
  'pdf remove-template': pdfTemplateRemove,
  'pdf statistics': pdfStatistics,
  policy: policyShow,
  'policy draft': policyDraft,
  'policy publish': policyPublish,
  'policy explain': policyExplain,
  queue: queueList,
  'queue retry': queueRetry,
  'queue delete': queueDelete,
  'queue held': queueHeld,
  'queue release': queueRelease,
  'queue drop': queueDrop,
  cluster: clusterStatus,
  'cluster status': clusterStatus,
  'cluster init': clusterInit,
  'cluster token': clusterToken,
  'cluster join': clusterJoin,
  'cluster remove': clusterRemove,
  'cluster leave': clusterLeave,
  'cluster replace': clusterReplace,
  'cluster recover': clusterRecover,
  'cluster stop-engine': clusterStopEngine,
  'witness join': witnessJoin,
  'witness start': witnessStart,
  trace: traceList,
  audit: auditList,
  'audit export': auditExport,
  'audit verify': auditVerify,
  'audit key': auditKey,
  'audit state': auditState,
  'audit diff': auditDiff,
};

const HELP = [
  'sealgate start                     runs the gateway',
  ...Object.values(COMMANDS).map((c) => `sealgate ${c.usage}\n    ${c.does}`),
  '',
  'Everywhere: --data FOLDER, --config FILE, --json',
];

export async function commandLine(words: readonly string[]): Promise<number> {
  const pair = words.slice(0, 2).join(' ');
  const name = Object.hasOwn(COMMANDS, pair) ? pair : (words[0] ?? 'help');
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    if (['help', '--help', '-h'].includes(name)) {
      console.log(HELP.join('\n'));
      return 0;
    }
    console.error(`sealgate ${name}: there is no such command. See: sealgate help`);
    return 2;
  }
  try {
    return (await perform(command, words.slice(name.split(' ').length))) ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) {
      console.error(`${(error as Error).message}\nsealgate ${command.usage}`);
      return 2;
    }
    if (error instanceof CommandFailed || isFileError(error)) {
      console.error((error as Error).message);
      return 1;
    }
    throw error;
  }
}

async function perform(command: Command, args: readonly string[]): Promise<boolean> {
  const strings = ['config', 'data', ...(command.options ?? [])];
  const switches = ['json', ...(command.switches ?? [])];
  const { values: given, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: Object.fromEntries([
      ...strings.map((s) => [s, { type: 'string' as const }]),
      ...switches.map((s) => [s, { type: 'boolean' as const }]),
    ]),
  });
  const surplus = positionals[wordsOf(command)];
  if (surplus !== undefined) throw new UsageError(`${surplus}: not understood`);
  const values = given as Record<string, string | boolean | undefined>;
  const settings = loadSettings(values.config as string | undefined, values.data as string | undefined);
  const layout = layoutOf(settings.data);
  return command.run({
    layout,
    settings,
    admin: adminClient(layout),
    words: positionals,
    options: values,
    print: (value, lines) =>
      console.log(
        values.json
          ? JSON.stringify(value, null, 2)
          : lines
              .flatMap((line) => line.split('\n'))
              .map(printable)
              .join('\n'),
      ),
  });
}

/** How many words it takes, which its usage says: one in capitals behind the command's own, or none. */
function wordsOf({ usage }: Command): number {
  return (usage.split('--')[0] ?? '').match(/ \[?[A-Z]/g)?.length ?? 0;
}

function isParseError(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}

function isFileError(error: unknown): boolean {
  return ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EPERM', 'EROFS', 'ENOSPC'].includes(
    String((error as { code?: unknown }).code),
  );
}
