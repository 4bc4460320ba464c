/** Every command of the command line against a running gateway, as an operator's first day. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from '#node/web/admin-request.ts';
import type { CertificateRow, ImportReport } from '#node/web/certificates-admin-port.ts';
import type { HeldRow, QueueRow } from '#node/web/queue-admin-port.ts';
import type { MailRow } from '#node/web/trace-model.ts';
import { READ_MODELS_FORMAT } from '#projections/read-models.ts';
import { freePort } from '../../free-port.ts';
import { type MailCatcher, mailCatcher } from '../../gateway/mail-catcher.ts';
import { type OpensslPartner, opensslPartner } from '../../gateway/openssl.ts';
import { type Gateway, runGateway } from '../../gateway/run-gateway.ts';
import { submit } from '../../gateway/submit.ts';
import { until } from '../../gateway/until.ts';
import { type Cli, cli, good, json } from './cli-run.ts';

const WAIT_MS = 60_000;
const alice = 'alice@example.org';
const bob = 'bob@partner.example';
const carol = 'carol@down.example';
let gateway: Gateway;
let catcher: MailCatcher;
let partner: OpensslPartner;
let away: OpensslPartner;
let run: Cli;
let path: (name: string) => string;

before(async () => {
  catcher = await mailCatcher();
  const routes = [
    { domain: 'down.example', host: '127.0.0.1', port: await freePort(), tls: 'none' },
    { domain: '*', host: '127.0.0.1', port: catcher.port, tls: 'none' },
  ];
  gateway = await runGateway({ send: { routes } });
  partner = opensslPartner(bob);
  away = opensslPartner(carol);
  run = cli('--config', join(gateway.folder, 'sealgate.yaml'));
  path = (name) => join(gateway.folder, name);
});
after(async () => {
  await gateway?.remove();
  await catcher?.close();
  partner?.remove();
  away?.remove();
});

const mailOf = (subject: string, to: string): string =>
  `From: Alice <${alice}>\r\nTo: ${to}\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhello\r\n`;

async function refused(words: readonly string[], text: RegExp): Promise<void> {
  const end = await run(...words);
  assert.equal(end.code, 1, `${words.join(' ')}: ${end.out}`);
  assert.match(end.err, text);
}

describe('status', () => {
  it('shows the processes and ends with 0 when all is well', async () => {
    const out = await good(run('status'));
    for (const name of ['ledger', 'keys', 'receive', 'protect', 'send', 'web'])
      assert.match(out, new RegExp(`^${name} +ready`, 'm'));
    assert.match(out, /^log +position \d+, writable$/m);
    const { status } = await json<{ status: { node: string } }>(run('status', '--json'));
    assert.equal(status.node, 'test-gateway');
  });
});

describe('domains, people and operators', () => {
  it('a mail domain is added, listed, not added twice, and removed', async () => {
    await good(run('domains', 'add', 'example.org', '--reason', 'first day'));
    await good(run('domains', 'add', 'other.example'));
    assert.match(await good(run('domains')), /^example\.org +0 /m);
    await refused(['domains', 'add', 'example.org'], /ours already/);
    await refused(['domains', 'add', 'not a domain'], /domain/);
    await good(run('domains', 'language', 'other.example', 'nl'));
    assert.match(await good(run('domains')), /^other\.example +0 +nl /m);
    await good(run('domains', 'remove', 'other.example', '--reason', 'a mistake'));
    assert.deepEqual(
      (await json<{ domain: string }[]>(run('domains', '--json'))).map((d) => d.domain),
      ['example.org'],
    );
  });
  it('a person is enrolled, found and withdrawn', async () => {
    await good(run('people', 'enroll', alice, '--name', 'Alice'));
    await good(run('people', 'enroll', 'zoe@example.org', '--name', 'Zoë'));
    assert.match(await good(run('people', '--search', 'alice')), /alice@example\.org +Alice/);
    await refused(['people', 'enroll', bob, '--name', 'Bob'], /none of our mail domains/);
    await good(run('people', 'withdraw', 'zoe@example.org', '--reason', 'left'));
    assert.doesNotMatch(await good(run('people')), /zoe/);
  });
  it('an operator is added with a first password, gets a new one, is disabled and enabled', async () => {
    const added = await json<{ password: string }>(
      run('operators', 'add', 'otto', '--name', 'Otto', '--roles', 'auditor,ca-operator', '--json'),
    );
    assert.ok(added.password.length >= 12);
    assert.match(await good(run('operators')), /^otto +Otto +auditor ca-operator +must set a password$/m);
    const out = await good(run('operators', 'reset-password', 'otto', '--reason', 'forgotten'));
    assert.match(out, /password, shown only now: \S+/);
    assert.ok(!out.includes(added.password));
    await good(run('operators', 'disable', 'otto', '--reason', 'holiday'));
    assert.match(await good(run('operators')), /^otto .* disabled$/m);
    await good(run('operators', 'enable', 'otto', '--reason', 'back'));
    await refused(['operators', 'reset-password', 'nobody', '--reason', 'by mistake'], /not known/);
    await refused(['operators', 'add', 'eve', '--name', 'Eve', '--roles', 'queen'], /role/);
  });
});

describe('keys and certificates', () => {
  it("a person's keys are made at once", async () => {
    const ids = await json<string[]>(run('keys', 'create', alice, '--json'));
    assert.equal(ids.length, 2);
    const [openpgp] = (await good(run('keys', 'create', alice, '--technology', 'openpgp'))).split('\n');
    assert.match(openpgp ?? '', /^openpgp\/[0-9a-f]{40}/);
    const out = await good(run('keys', '--search', alice));
    assert.match(out, /3 of 3/);
    await refused(['keys', 'create', 'not-an-address'], /address/);
  });

  it('a certificate is imported with a report, and not twice', async () => {
    const file = partner.file('cert.pem');
    assert.match(await good(run('certs', 'import', file)), /^imported +certificate/m);
    const again = await json<ImportReport>(run('certs', 'import', file, '--json')).catch(() => null);
    assert.equal(again?.entries[0]?.outcome ?? 'already-known', 'already-known');
    await good(run('certs', 'import', away.file('cert.pem')));
  });

  it('a file that holds nothing ends with 1', async () => {
    writeFileSync(path('rubbish'), 'rubbish');
    const end = await run('certs', 'import', path('rubbish'));
    assert.equal(end.code, 1);
    assert.equal((await run('certs', 'import', path('not-there'))).code, 1);
  });

  it('is shown and exported by the beginning of its id, and OpenSSL reads the export', async () => {
    const page = await json<Page<CertificateRow>>(run('certs', '--search', bob, '--json'));
    const id = page.rows[0]?.id ?? '';
    const short = id.slice(0, 24);
    assert.match(await good(run('certs', '--search', bob)), new RegExp(`^${short} +partner`, 'm'));
    const shown = await good(run('certs', 'show', short));
    assert.match(shown, /CertificateImported/);
    assert.match(shown, new RegExp(`fingerprint +${id.slice(6)}`));
    await good(run('certs', 'export', short, '--out', path('bob.der'), '--format', 'der'));
    const email = execFileSync('openssl', [
      'x509',
      '-inform',
      'der',
      '-in',
      path('bob.der'),
      '-noout',
      '-email',
    ]);
    assert.equal(email.toString().trim(), bob);
    await refused(['certs', 'show', 'smime/0000000000'], /begins with/);
    await refused(['certs', 'show', `smime/${'0'.repeat(64)}`], /no such/);
    await refused(['certs', 'show', 'smime/'], /[Mm]ore than one/);
    await refused(['certs', 'export', short, '--out', path('bob.x'), '--format', 'docx'], /./);
  });

  it('a private key is exported with a reason as PKCS#12, and OpenSSL opens it with the password', async () => {
    const page = await json<Page<CertificateRow>>(run('keys', '--search', alice, '--json'));
    const id = page.rows.find((row) => row.technology === 'smime')?.id ?? '';
    writeFileSync(path('password'), 'correct horse battery\n');
    const words = ['certs', 'export', id, '--format', 'p12', '--out', path('alice.p12')];
    const without = await run(...words, '--password-file', path('password'));
    assert.equal(without.code, 2);
    await good(run(...words, '--password-file', path('password'), '--reason', 'new mail client'));
    const pem = execFileSync('openssl', [
      'pkcs12',
      '-in',
      path('alice.p12'),
      '-nodes',
      '-passin',
      'pass:correct horse battery',
    ]).toString();
    assert.match(pem, /BEGIN PRIVATE KEY/);
    const wrong = await run('certs', 'import', path('alice.p12'));
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /password/i);
    const known = await good(run('certs', 'import', path('alice.p12'), '--password-file', path('password')));
    assert.match(known, /already-known/);
    assert.match(await good(run('audit', '--search', 'PrivateKeyExported')), /cli +new mail client/);
  });

  it('trust is taken and given', async () => {
    const page = await json<Page<CertificateRow>>(run('certs', '--search', bob, '--json'));
    const id = page.rows[0]?.id ?? '';
    await good(run('certs', 'distrust', id, '--reason', 'phone call'));
    assert.match(await good(run('certs', '--search', bob)), /distrusted/);
    await good(run('certs', 'trust', id, '--reason', 'second phone call'));
    assert.match(await good(run('certs', '--search', bob)), /usable/);
  });

  it('algorithms for a partner are chosen and shown', async () => {
    const page = await json<Page<CertificateRow>>(run('certs', '--search', bob, '--json'));
    const id = page.rows[0]?.id ?? '';
    assert.match(await good(run('certs', 'show', id)), /AES-256-CBC, rsa-pkcs1, .*profile automatic/);
    await good(run('certs', 'profile', bob, 'strong', '--reason', 'contract'));
    assert.match(await good(run('certs', 'show', id)), /AES-256-GCM, rsa-oaep-sha256, .*profile strong/);
    await good(run('certs', 'profile', bob, 'automatic', '--reason', 'contract ended'));
    await refused(['certs', 'profile', bob, 'unheard-of', '--reason', 'contract'], /profile/);
  });

  it('an own certificate is revoked for good and stands in the CRL, which OpenSSL reads', async () => {
    await good(run('people', 'enroll', 'old@example.org', '--name', 'Old'));
    const ids = await json<string[]>(run('keys', 'create', 'old@example.org', '--json'));
    const id = ids.find((i) => i.startsWith('smime/')) ?? '';
    const out = await good(run('certs', 'show', id));
    const serial = /^serial +(\S+)$/m.exec(out)?.[1] ?? '';
    await good(run('certs', 'revoke', id, '--reason', 'left us', '--why', 'cessationOfOperation'));
    assert.match(await good(run('certs', '--search', 'old@example.org')), /revoked/);
    await refused(['certs', 'trust', id, '--reason', 'by mistake'], /revoked/);
    await refused(['certs', 'revoke', id, '--reason', 'by mistake', '--why', 'boredom'], /./);
    assert.match(await good(run('certs', 'crl', '--out', path('ca.crl'))), /good until/);
    const text = execFileSync('openssl', [
      'crl',
      '-inform',
      'der',
      '-in',
      path('ca.crl'),
      '-noout',
      '-text',
    ]).toString();
    const digits = serial.replace(/[^0-9a-f]/gi, '').toUpperCase();
    assert.ok(text.toUpperCase().includes(digits), `${digits} in ${text}`);
  });
});

describe('policy', () => {
  it('is shown, and explained for a mail that is not sent', async () => {
    assert.match(await good(run('policy')), /^# published [\s\S]*name: Outgoing/);
    const out = await good(
      run('policy', 'explain', '--sender', alice, '--recipient', `${bob},x@none.example`),
    );
    assert.match(out, /bob@partner\.example \(outgoing\)/);
    assert.match(out, /x@none\.example \(outgoing\)/);
    assert.match(out, /rule: Outgoing/);
    await refused(['policy', '--draft'], /no draft/);
  });
  it('a draft with an error names the line; a good one is saved and published with a reason', async () => {
    const book = (await good(run('policy'))).replace(/^#.*\n/, '');
    const lines = book.split('\n');
    const at = lines.findIndex((line) => line.trim() === 'when:');
    writeFileSync(path('bad.yaml'), book.replace('direction: outgoing', 'direction: sideways'));
    const bad = await run('policy', 'draft', path('bad.yaml'));
    assert.equal(bad.code, 1);
    assert.match(bad.out, new RegExp(`bad\\.yaml:${at + 1}: rules\\.0\\.when: `));
    writeFileSync(path('broken.yaml'), 'rules: [');
    assert.equal((await run('policy', 'draft', path('broken.yaml'))).code, 1);
    writeFileSync(path('good.yaml'), book.replace('name: Outgoing', 'name: Everything outgoing'));
    assert.match(await good(run('policy', 'draft', path('good.yaml'), '--dry-run')), /correct/);
    await refused(['policy', 'publish', '--reason', 'by mistake'], /no draft/);
    await good(run('policy', 'draft', path('good.yaml')));
    assert.match(await good(run('policy', '--draft')), /Everything outgoing/);
    await good(run('policy', 'publish', '--reason', 'a better name'));
    assert.match(
      await good(run('policy')),
      /^# published .* by cli: a better name\n[\s\S]*Everything outgoing/,
    );
  });
});

describe('mails', () => {
  it('one that left is found, with the reason for each decision', async () => {
    await submit(gateway.insidePort, { from: alice, to: [bob], mail: mailOf('cli-out', bob) });
    await until(
      () => catcher.mails.some((m) => m.recipients.includes(bob)),
      WAIT_MS,
      () => gateway.output(),
    );
    let rows: MailRow[] = [];
    await until(
      async () => {
        rows = await json<MailRow[]>(run('trace', '--search', bob, '--json'));
        return rows[0]?.protections.length === 1;
      },
      WAIT_MS,
      () => JSON.stringify(rows),
    );
    const out = await good(run('trace', rows[0]?.spoolId ?? ''));
    assert.match(out, /received on inside/);
    assert.match(out, /Everything outgoing/);
    assert.match(out, /→ bob@partner\.example: smime signed and encrypted/);
    assert.match(await good(run('trace')), /alice@example\.org/);
    await refused(['trace', 'nothing'], /No trace/);
  });

  it('one that waits for its next server is listed, tried again and deleted', async () => {
    await submit(gateway.insidePort, { from: alice, to: [carol], mail: mailOf('cli-wait', carol) });
    let rows: QueueRow[] = [];
    const listed = async (): Promise<QueueRow[]> => {
      rows = await json<QueueRow[]>(run('queue', '--json'));
      return rows;
    };
    await until(
      async () => (await listed()).length === 1,
      WAIT_MS,
      () => JSON.stringify(rows),
    );
    const { queueId, attempts } = rows[0]!;
    assert.match(await good(run('queue')), /carol@down\.example/);
    assert.equal((await run('status')).code, 0);
    await good(run('queue', 'retry', queueId));
    await until(
      async () => ((await listed())[0]?.attempts ?? 0) > attempts,
      WAIT_MS,
      () => JSON.stringify(rows),
    );
    await good(run('queue', 'delete', queueId, '--reason', 'sent by accident'));
    await until(
      async () => (await listed()).length === 0,
      WAIT_MS,
      () => JSON.stringify(rows),
    );
    await refused(['queue', 'retry', queueId], /not in the queue/);
  });

  it('one that is held is listed with its reason; it is dropped, or released and decided anew', async () => {
    const late = 'late@partner.example';
    for (const to of [late, 'never@partner.example'])
      await submit(gateway.insidePort, { from: '', to: [to], mail: mailOf('cli-held', to) });
    let rows: HeldRow[] = [];
    const held = async (): Promise<HeldRow[]> => {
      rows = await json<HeldRow[]>(run('queue', 'held', '--json'));
      return rows;
    };
    await until(
      async () => (await held()).length === 2,
      WAIT_MS,
      () => JSON.stringify(rows) + gateway.output(),
    );
    const status = await run('status');
    assert.equal(status.code, 1);
    assert.match(status.out, /2 mails are held for a decision/);
    const never = rows.find((row) => row.recipients.includes('never@partner.example'))!;
    assert.match(
      await good(run('queue', 'held')),
      new RegExp(`${never.holdId} .*never@partner.example +\\S`),
    );
    await good(run('queue', 'drop', never.holdId, '--reason', 'a bounce'));
    await refused(['queue', 'drop', never.holdId, '--reason', 'again'], /not held/);
    await refused(['queue', 'release', '../../ledger/identity'], /not held/);

    const { holdId, spoolId } = rows.find((row) => row.recipients.includes(late))!;
    const decisions = (): number =>
      readdirSync(gateway.layout.trace)
        .filter((name) => name.startsWith('protect'))
        .flatMap((name) => readFileSync(join(gateway.layout.trace, name), 'utf8').split('\n'))
        .filter((line) => line.includes(spoolId)).length;
    await good(run('queue', 'release', holdId, '--reason', 'as a try'));
    await until(
      () => decisions() === 2,
      WAIT_MS,
      () => gateway.output(),
    );
    assert.ok(
      (await held()).some((row) => row.holdId === holdId),
      'nothing had changed for it',
    );

    // When the key is here, nobody has to ask.
    const lateKey = opensslPartner(late);
    try {
      await good(run('certs', 'import', lateKey.file('cert.pem')));
    } finally {
      lateKey.remove();
    }
    await until(
      () => catcher.mails.some((m) => m.recipients.includes(late) && m.text.includes('enveloped-data')),
      WAIT_MS,
      () => gateway.output(),
    );
    assert.deepEqual(await held(), []);
    assert.equal((await run('status')).code, 0);
  });
});

describe('audit', () => {
  interface State {
    readonly position: string;
    readonly ruleBook: { readonly reason: string };
    readonly certificates: readonly { id: string; trust: string }[];
    readonly mailDomains: readonly { id: string }[];
    readonly operators: readonly { id: string }[];
  }

  it('lists the newest events, and searches', async () => {
    assert.match(await good(run('audit', '--search', 'RuleBookPublished')), /a better name/);
  });

  it('an export is whole; one flipped octet is named with its position', async () => {
    const key = await json<{ fingerprint: string }>(run('audit', 'key', '--json'));
    assert.match(await good(run('audit', 'export', path('log.jsonl'))), /\d+ events written/);
    const verdict = await good(run('audit', 'verify', path('log.jsonl')));
    assert.match(verdict, /^whole: \d+ events/);
    assert.ok(verdict.includes(key.fingerprint));
    const octets = readFileSync(path('log.jsonl'));
    const lines = octets.toString('latin1').split('\n');
    const at = lines.slice(0, 4).join('\n').length + 1 + lines[4]!.indexOf('operator');
    const place = at >= 0 && lines[4]!.includes('operator') ? at : lines.slice(0, 4).join('\n').length + 40;
    octets[place] = octets[place]! ^ 1;
    writeFileSync(path('flipped.jsonl'), octets);
    const flipped = await run('audit', 'verify', path('flipped.jsonl'));
    assert.equal(flipped.code, 1);
    assert.match(flipped.out, /^NOT WHOLE: position 4 \(line 5\): /);
    assert.equal((await run('audit', 'verify', path('good.yaml'))).code, 1);
  });

  it('the state at a past position is what it was then', async () => {
    const first = await json<State>(run('audit', 'state', '--at', '1', '--json'));
    assert.equal(first.position, '1');
    assert.deepEqual(first.mailDomains, []);
    const now = await json<State>(run('audit', 'state', '--json'));
    assert.equal(now.ruleBook.reason, 'a better name');
    assert.deepEqual(
      now.mailDomains.map((d) => d.id),
      ['example.org'],
    );
    const text = await good(run('audit', 'state'));
    assert.match(text, /^certificates: \d+$/m);
    assert.match(text, /Everything outgoing/);
    assert.doesNotMatch(text + JSON.stringify(now), /argon2|ciphertext/);
    await refused(['audit', 'state', '--at', '999999'], /no such moment/);
  });

  it('the state at a past time is what it was then', async () => {
    const events = await json<{ kind: string; atMs: number; position: string }[]>(run('audit', '--json'));
    const trusted = events.find((e) => e.kind === 'CertificateTrusted')!;
    const before = await json<State>(
      run('audit', 'state', '--at', new Date(trusted.atMs - 1).toISOString(), '--json'),
    );
    const after = await json<State>(
      run('audit', 'state', '--at', new Date(trusted.atMs).toISOString(), '--json'),
    );
    assert.ok(before.certificates.some((c) => c.trust === 'distrusted'));
    assert.ok(!after.certificates.some((c) => c.trust === 'distrusted'));
    const future = await json<State>(run('audit', 'state', '--at', '2999-01-01', '--json'));
    assert.ok(Number(future.position) >= Number(events[0]!.position));
  });

  it('tells what changed between two moments: who, when, why, and the rules line by line', async () => {
    const events = await json<{ kind: string; position: string }[]>(run('audit', '--json'));
    const added = events.filter((e) => e.kind === 'MailDomainAdded').at(-1)!;
    const out = await good(run('audit', 'diff', '--from', String(Number(added.position) - 1)));
    assert.match(out, /^\+ mail domains: example\.org$/m);
    assert.match(out, /^\+ people: alice@example\.org$/m);
    assert.match(out, /^~ rule book\n(.*\n)*? +- +- name: Outgoing\n +\+ +- name: Everything outgoing$/m);
    assert.match(out, /MailDomainAdded +cli +first day/);
    assert.match(out, /CertificateDistrusted +cli +phone call/);
    const distrusted = events.find((e) => e.kind === 'CertificateDistrusted')!.position;
    const one = ['audit', 'diff', '--from', String(Number(distrusted) - 1), '--to', distrusted];
    assert.match(
      await good(run(...one)),
      /^~ certificates: smime\/[0-9a-f]{64}\n +trust: "trusted" → "distrusted"/m,
    );
    assert.match(
      await good(run('audit', 'diff', '--from', distrusted, '--to', distrusted)),
      /nothing differs/,
    );
    await refused(['audit', 'diff', '--from', distrusted, '--to', '1'], /before/);
  });
});

describe('after a restart from a cold copy of the data folder', () => {
  it('everything is as before, read from a snapshot and what came after it', async () => {
    const questions = [
      ['audit', 'state'],
      ['certs'],
      ['people'],
      ['operators'],
      ['policy'],
      ['audit', 'key'],
    ] as const;
    const answers = async (): Promise<unknown[]> => {
      const all: unknown[] = [];
      for (const words of questions) all.push(await json(run(...words, '--json')));
      return all;
    };
    const before = await answers();
    await gateway.stop();
    assert.ok(existsSync(join(gateway.layout.ledger, 'snapshots', `read-models-${READ_MODELS_FORMAT}`)));
    cpSync(gateway.layout.root, path('backup'), { recursive: true });
    rmSync(gateway.layout.root, { recursive: true });
    cpSync(path('backup'), gateway.layout.root, { recursive: true });
    await gateway.start();
    assert.deepEqual(await answers(), before);
    await submit(gateway.insidePort, { from: alice, to: [bob], mail: mailOf('cli-restored', bob) });
    await until(
      () => catcher.mails.some((m) => m.text.includes('Message-ID: <cli-restored@')),
      WAIT_MS,
      () => gateway.output(),
    );
  });
});

describe('a socket on which nobody understands', () => {
  it('is told in words, exit code 1', async () => {
    await gateway.stop();
    const deaf = createServer((_request, response) => response.end('not json'));
    await new Promise<void>((resolve) => deaf.listen(gateway.layout.webSocket, resolve));
    try {
      const end = await run('queue');
      assert.equal(end.code, 1);
      assert.match(end.err, /is not understood/);
    } finally {
      await new Promise((resolve) => deaf.close(resolve));
    }
  });
});
