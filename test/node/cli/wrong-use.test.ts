/** The command line without a gateway: wrong use, nobody at home, and the real program's exit code. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cli } from './cli-run.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealgate-cli-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('wrong use ends with 2 and says what is right', () => {
  for (const [words, text] of [
    [['no-such-word'], /no such command/],
    [['queue', 'eat'], /eat: not understood/],
    [['queue', 'retry', 'one', 'two'], /two: not understood/],
    [['status', '--no-such-option'], /no-such-option[\s\S]*sealgate status/],
    [['queue', 'retry'], /an id is needed[\s\S]*sealgate queue retry ID/],
    [['queue', 'delete', 'x'], /--reason is needed/],
    [['queue', 'release'], /held mail is needed/],
    [['queue', 'drop', 'x'], /--reason is needed/],
    [['certs', 'show'], /an id is needed/],
    [['certs', 'import'], /a file is needed/],
    [['certs', 'export', 'x'], /--out is needed/],
    [['certs', 'trust', 'x'], /--reason is needed/],
    [['certs', 'crl'], /--out is needed/],
    [['keys', 'create'], /an address is needed/],
    [['policy', 'draft'], /a file is needed/],
    [['policy', 'publish'], /--reason is needed/],
    [['policy', 'explain', '--recipient', 'bob@partner.example'], /--sender is needed/],
    [['audit', 'export'], /a file is needed/],
    [['audit', 'verify'], /a file is needed/],
    [['audit', 'diff'], /--from is needed/],
    [['audit', 'state', '--at', 'yesterday'], /neither a position nor a time/],
    [['audit', 'state', '--at', '2026-13-40'], /neither a position nor a time/],
    [['audit', 'diff', '--from', '2026-11-23', '--to', '2026-11-22'], /--to is before --from/],
    [['domains', 'add'], /a mail domain is needed/],
    [['people', 'enroll', 'alice@example.org'], /--name is needed/],
    [['operators', 'add', 'otto', '--name', 'Otto'], /--roles is needed/],
  ] as const) {
    it(words.join(' '), async () => {
      const end = await cli('--data', folder)(...words);
      assert.equal(end.code, 2, end.err);
      assert.match(end.err, text);
      assert.equal(end.out, '');
    });
  }
});

describe('without a running gateway', () => {
  it('every command that asks it ends with 1 and says so', async () => {
    for (const words of [['status'], ['queue'], ['trace'], ['certs'], ['audit'], ['people'], ['operators']]) {
      const end = await cli('--data', folder)(...words);
      assert.equal(end.code, 1, words.join(' '));
      assert.match(end.err, /No gateway answers in .*sealgate-cli-/);
    }
  });
  it('so do those that ask the ledger', async () => {
    for (const words of [
      ['audit', 'state'],
      ['audit', 'key'],
      ['audit', 'export', join(folder, 'log')],
    ]) {
      const end = await cli('--data', folder)(...words);
      assert.equal(end.code, 1, words.join(' '));
      assert.match(end.err, /No gateway answers/);
    }
  });
  it('a file that is not there ends with 1', async () => {
    const end = await cli('--data', folder)('audit', 'verify', join(folder, 'none'));
    assert.equal(end.code, 1);
    assert.match(end.err, /ENOENT/);
  });
});

describe('the program', () => {
  const run = (...words: string[]) =>
    spawnSync(process.execPath, ['node/main.ts', ...words], { encoding: 'utf8' });
  it('prints help with every command, and ends with 0', () => {
    const end = run('help');
    assert.equal(end.status, 0);
    for (const word of ['start', 'certs crl', 'queue release', 'audit diff', 'policy explain', 'domains add'])
      assert.match(end.stdout, new RegExp(`sealgate ${word}`));
  });
  it('has every command that docs/operating.md writes down', () => {
    const known = run('help').stdout.split('\n');
    const written = readFileSync('docs/operating.md', 'utf8').match(/^ *sealgate [a-z].*$/gm) ?? [];
    assert.ok(written.length > 40);
    for (const line of written) {
      const [word = '', second = ''] = line.trim().split(' ').slice(1);
      const begins = (words: string) => known.find((h) => `${h} `.startsWith(`sealgate ${words} `));
      const usage = (/^[a-z]/.test(second) && begins(`${word} ${second}`)) || begins(word);
      assert.ok(usage, line);
      for (const [, option = ''] of line.matchAll(/ --([a-z-]+)/g))
        assert.ok(option === 'config' || usage.includes(`--${option}`), line);
    }
  });
  it('ends with 2 for an unknown word', () => assert.equal(run('frobnicate').status, 2));
  it('ends with 2 and names the place when the settings are wrong', () => {
    const end = run('status', '--config', join(folder, 'no.yaml'));
    assert.equal(end.status, 2, end.stderr);
    assert.match(end.stderr, /no\.yaml/);
  });
});
