/**
 * Postfix as a peer: as Debian ships it in front of the sink, or with a content filter that runs for each mail.
 *
 * The filter is the simple one of Postfix's FILTER_README: pipe(8), 8 at a time, a temporary file, the program,
 * `sendmail` back in. It runs as `nobody`, so postdrop is a copy without set-gid and the maildrop is open to all.
 * Needs root, as Postfix does.
 */

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answering, POSTFIX_ENV } from './mail-load.ts';
import type { Peer } from './peer-haraka.ts';

const FILTERS_MAX = 8;

const SERVICES = `
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

const idOf = (flag: string, user: string): number =>
  Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));

/** `filter` reads the mail on its standard input and writes the new one to its standard output. */
export async function postfixPeer(sinkPort: number, filter?: string): Promise<Peer> {
  const root = mkdtempSync(join(tmpdir(), 'sealgate-bench-postfix-'));
  chmodSync(root, 0o755);
  const at = (name: string): string => join(root, name);
  for (const name of ['config', 'queue', 'data', 'bin', 'filter', 'client']) mkdirSync(at(name));
  chownSync(at('data'), idOf('-u', 'postfix'), idOf('-g', 'postfix'));
  chownSync(at('filter'), idOf('-u', 'nobody'), idOf('-g', 'nobody'));
  const port = await freePort();
  copyFileSync('/usr/sbin/postdrop', at('bin/postdrop'));
  chmodSync(at('bin/postdrop'), 0o755);
  const main = `compatibility_level = 3.6
queue_directory = ${at('queue')}
data_directory = ${at('data')}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.postfix.example
mydestination =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:${sinkPort}
alias_maps =
maillog_file = ${at('mail.log')}
maillog_file_prefixes = ${root}
smtpd_forbid_bare_newline_exclusions =
${filter === undefined ? '' : `filter_destination_concurrency_limit = ${FILTERS_MAX}\n`}`;
  writeFileSync(at('config/main.cf'), main);
  writeFileSync(at('client/main.cf'), `${main}command_directory = ${at('bin')}\n`); // For sendmail alone.
  const through = filter === undefined ? '' : ' -o content_filter=filter:dummy';
  const pipe = `filter unix - n n - ${FILTERS_MAX} pipe flags=Rq user=nobody argv=${at('filter.sh')} -f \${sender} -- \${recipient}\n`;
  writeFileSync(
    at('config/master.cf'),
    `127.0.0.1:${port} inet n - n - - smtpd${through}
pickup unix n - n 60 1 pickup -o content_filter=
${SERVICES}${filter === undefined ? '' : pipe}`,
  );
  writeFileSync(
    at('filter.sh'),
    `#!/bin/sh
cd ${at('filter')} || exit 75
trap "rm -f in.$$ out.$$" 0 1 2 3 15
cat > in.$$ || exit 75
{ ${filter ?? 'cat'}; } < in.$$ > out.$$ || exit 75
MAIL_CONFIG=${at('client')} /usr/sbin/sendmail -G -i "$@" < out.$$
`,
  );
  chmodSync(at('filter.sh'), 0o755);
  execFileSync('postfix', ['-c', at('config'), 'start'], { env: POSTFIX_ENV, stdio: 'ignore' });
  for (const [name, mode] of [
    ['queue/maildrop', 0o1777],
    ['queue/public', 0o755],
  ] as const)
    chmodSync(at(name), mode);
  await answering(port, 'Postfix');
  return {
    name: 'Postfix',
    port,
    async stop() {
      execFileSync('postfix', ['-c', at('config'), 'stop'], { env: POSTFIX_ENV, stdio: 'ignore' });
      rmSync(root, { recursive: true, force: true });
    },
  };
}
