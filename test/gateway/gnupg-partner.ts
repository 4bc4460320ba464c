/** The partner's side by the real GnuPG, in a home of its own; its agent is ended afterwards. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GnupgPartner {
  readonly folder: string;
  run(args: readonly string[], input?: string | Buffer): Buffer;
  decrypt(armour: string): { output: string; status: string };
  /** A message in the old way, without modification detection (RFC 2440). */
  withoutIntegrity(recipient: string, plain: string): Buffer;
  remove(): void;
}

export function gnupgPartner(address: string): GnupgPartner {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-gnupg-'));
  const base = [
    '--homedir',
    folder,
    '--batch',
    '--yes',
    '--no-tty',
    '--trust-model',
    'always',
    '--pinentry-mode',
    'loopback',
    '--passphrase',
    '',
  ];
  const run = (args: readonly string[], input?: string | Buffer): Buffer =>
    execFileSync('gpg', [...base, ...args], {
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
  run(['--quick-generate-key', `Bob <${address}>`, 'default', 'default', 'never']);
  return {
    folder,
    run,
    decrypt(armour) {
      const end = spawnSync('gpg', [...base, '--status-fd', '2', '--decrypt'], { input: armour });
      return { output: end.stdout.toString('utf8'), status: end.stderr.toString('utf8') };
    },
    withoutIntegrity: (recipient, plain) =>
      run(
        [
          '--rfc2440',
          '--disable-mdc',
          '--cipher-algo',
          'AES',
          '--armor',
          '--encrypt',
          '--recipient',
          recipient,
        ],
        plain,
      ),
    remove() {
      spawnSync('gpgconf', ['--homedir', folder, '--kill', 'all']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
