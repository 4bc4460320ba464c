/** Postfix's smtp-sink and Postfix itself as next hops, on free ports, in folders of their own. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../free-port.ts';
import { soon } from './running-send.ts';

const ENV = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

async function answering(port: number, what: string): Promise<void> {
  await soon(
    () =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');
        socket.once('data', () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('data', () => socket.destroy());
      }),
    what,
  );
}

export interface RealServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Takes everything and keeps nothing. */
export async function smtpSink(): Promise<RealServer> {
  const port = await freePort();
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child: ChildProcess = spawn('smtp-sink', [...user, `127.0.0.1:${port}`, '100'], {
    env: ENV,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await answering(port, 'smtp-sink');
  return {
    port,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

export interface Postfix extends RealServer {
  /** What was delivered, as files. */
  delivered(): string[];
}

/** A whole Postfix that delivers `*@postfix.example` into a maildir. Needs root, as Postfix does. */
export async function postfix(): Promise<Postfix> {
  const root = mkdtempSync(join(tmpdir(), 'sealgate-postfix-'));
  execFileSync('chmod', ['755', root]);
  const [config, queue, data, mail] = ['config', 'queue', 'data', 'mail'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const folder of [config, queue, data, mail]) mkdirSync(folder);
  const idOf = (flag: string, user: string): number =>
    Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  const [uid, gid] = [idOf('-u', 'postfix'), idOf('-g', 'postfix')];
  chownSync(data, uid, gid);
  chownSync(mail, uid, gid);
  const port = await freePort();
  writeFileSync(
    join(config, 'main.cf'),
    [
      'compatibility_level = 3.6',
      `queue_directory = ${queue}`,
      `data_directory = ${data}`,
      'inet_interfaces = 127.0.0.1',
      'inet_protocols = ipv4',
      'myhostname = mx.postfix.example',
      'mydestination =',
      'mynetworks = 127.0.0.0/8',
      'virtual_mailbox_domains = postfix.example',
      `virtual_mailbox_base = ${mail}`,
      'virtual_mailbox_maps = static:box/',
      'virtual_minimum_uid = 1',
      `virtual_uid_maps = static:${uid}`,
      `virtual_gid_maps = static:${gid}`,
      'alias_maps =',
      'maillog_file = /dev/null',
      'maillog_file_prefixes = /dev',
      'smtpd_forbid_bare_newline = yes',
      'smtpd_forbid_bare_newline_exclusions =',
      '',
    ].join('\n'),
  );
  writeFileSync(
    join(config, 'master.cf'),
    [
      `127.0.0.1:${port} inet n - n - - smtpd`,
      'pickup unix n - n 60 1 pickup',
      'cleanup unix n - n - 0 cleanup',
      'qmgr unix n - n 300 1 qmgr',
      'rewrite unix - - n - - trivial-rewrite',
      'bounce unix - - n - 0 bounce',
      'defer unix - - n - 0 bounce',
      'trace unix - - n - 0 bounce',
      'verify unix - - n - 1 verify',
      'proxymap unix - - n - - proxymap',
      'error unix - - n - - error',
      'retry unix - - n - - error',
      'discard unix - - n - - discard',
      'virtual unix - n n - - virtual',
      'anvil unix - - n - 1 anvil',
      'postlog unix-dgram n - n - 1 postlogd',
      '',
    ].join('\n'),
  );
  execFileSync('postfix', ['-c', config, 'start'], { env: ENV, stdio: 'ignore' });
  await answering(port, 'postfix');
  const box = join(mail, 'box', 'new');
  return {
    port,
    delivered() {
      try {
        return readdirSync(box).map((name) => readFileSync(join(box, name), 'latin1'));
      } catch {
        return [];
      }
    },
    async stop() {
      execFileSync('postfix', ['-c', config, 'stop'], { env: ENV, stdio: 'ignore' });
      rmSync(root, { recursive: true, force: true });
    },
  };
}
