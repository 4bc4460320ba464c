/** `sealgate cluster replace`, which says how the new machine joins and goes on until that is in. */
import { spawn } from 'node:child_process';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';

const WITHIN_MS = 240_000;
const JOIN = /on the new machine: sealgate (?:cluster|witness) join (\S+) (\S+)/;

export interface Replacing {
  /** Address and token, when it has said them. */
  offer(): Promise<[address: string, token: string]>;
  /** What it has said so far. */
  said(): string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  kill(): void;
}

export function replacing(on: Gateway, member: string): Replacing {
  const words = ['cluster', 'replace', member, '--reason', 'burnt', '--config', on.settingsFile];
  const child = spawn(process.execPath, ['node/main.ts', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      said += piece.toString('utf8');
    });
  }
  return {
    said: () => said,
    ended: new Promise((resolve) => child.once('close', resolve)),
    kill: () => void child.kill(),
    async offer() {
      await until(
        () => JOIN.test(said),
        WITHIN_MS,
        () => said,
      );
      const [, address = '', token = ''] = JOIN.exec(said) ?? [];
      return [address, token];
    },
  };
}
