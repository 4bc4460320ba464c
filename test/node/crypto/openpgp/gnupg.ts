/** GnuPG 2, GnuPG 1 and sq as the other side: each with a home folder of its own, removed with what runs in it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Run {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], input: Uint8Array | string = ''): Run {
  const result = spawnSync(program, args, { input, maxBuffer: 256 * 1024 * 1024 });
  if (result.error) throw result.error;
  return { status: result.status ?? -1, stdout: result.stdout, stderr: result.stderr.toString() };
}

export function mustRun(program: string, args: readonly string[], input: Uint8Array | string = ''): Buffer {
  const { status, stdout, stderr } = run(program, args, input);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stderr}`);
  return stdout;
}

export class Gnupg {
  readonly home: string;
  readonly #program: 'gpg' | 'gpg1';

  constructor(program: 'gpg' | 'gpg1') {
    this.#program = program;
    this.home = mkdtempSync(join(tmpdir(), 'sealgate-gnupg-'));
    chmodSync(this.home, 0o700);
    if (program === 'gpg1') run('gpg1', ['--homedir', this.home, '--batch', '--check-trustdb']);
  }

  #args(args: readonly string[]): string[] {
    const base = ['--homedir', this.home, '--batch', '--no-tty', '--yes', '--trust-model', 'always'];
    return this.#program === 'gpg'
      ? [...base, '--pinentry-mode', 'loopback', '--passphrase', '', ...args]
      : [...base, ...args];
  }

  run(args: readonly string[], input: Uint8Array | string = ''): Run {
    return run(this.#program, this.#args(args), input);
  }

  mustRun(args: readonly string[], input: Uint8Array | string = ''): Buffer {
    return mustRun(this.#program, this.#args(args), input);
  }

  /** Makes a key from a parameter file; returns its binary public key. */
  makeKey(address: string, parameters: readonly string[]): Buffer {
    const lines = [
      ...(this.#program === 'gpg' ? ['%no-protection'] : []),
      ...parameters,
      'Name-Real: Test Person',
      `Name-Email: ${address}`,
      'Expire-Date: 0',
      '%commit',
    ];
    this.mustRun(
      ['--quick-random', '--gen-key'].slice(this.#program === 'gpg' ? 1 : 0),
      `${lines.join('\n')}\n`,
    );
    return this.mustRun(['--export', address]);
  }

  file(name: string, content: Uint8Array): string {
    const path = join(this.home, name);
    writeFileSync(path, content);
    return path;
  }

  close(): void {
    if (this.#program === 'gpg') run('gpgconf', ['--homedir', this.home, '--kill', 'all']);
    rmSync(this.home, { recursive: true, force: true });
  }
}
