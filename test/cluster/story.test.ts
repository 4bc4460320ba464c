/** Three gateways become a cluster: a change on any appears on all, each processes mail with the same keys. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ImportReport } from '#node/web/certificates-admin-port.ts';
import { type OpensslPartner, opensslPartner } from '../gateway/openssl.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { cli, ScratchCluster, succeeds } from './run-cluster.ts';

const APPEARS_MS = 30_000;
const ALICE = 'alice@from-1.example';
const BOB = 'bob@partner.example';
let cluster: ScratchCluster;
let partner: OpensslPartner;

before(async () => {
  partner = opensslPartner(BOB);
  cluster = await ScratchCluster.start();
});
after(async () => {
  await cluster?.remove();
  partner.remove();
});

describe('a cluster of three', () => {
  it('begins with one gateway, whose log goes on unchanged', async () => {
    const file = join(cluster.folder, 'before.jsonl');
    const lines = async (): Promise<string[]> => {
      await succeeds(cli(cluster.first.settingsFile, 'audit', 'export', file));
      return readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{"event":'));
    };
    const before = await lines();
    await cluster.init();
    const status = await cluster.status(cluster.first);
    assert.deepEqual(
      status.members.map(({ name, role }) => [name, role]),
      [['gw-1', 'voter']],
    );
    assert.ok(before.length > 0);
    assert.deepEqual((await lines()).slice(0, before.length), before);
  });

  it('takes two more by one-use tokens; then three vote', async () => {
    await cluster.join();
    await cluster.join();
    await cluster.voting(3);
    for (const gateway of cluster.gateways) {
      await cluster.settled(gateway, ({ members, writable }) => writable && members.every((m) => m.alive));
    }
  });

  it('shows a change made on any gateway on all', async () => {
    for (const [i, gateway] of cluster.gateways.entries()) {
      const domain = `from-${i + 1}.example`;
      await gateway.admin.change('people.addDomain', { domain, reason: 'test' });
      for (const other of cluster.gateways) {
        const shown = async (): Promise<boolean> => {
          const rows = await other.admin.query<{ domain: string }[]>('people.domains');
          return rows.some((row) => row.domain === domain);
        };
        await until(shown, APPEARS_MS, () => `${domain} is not on another gateway`);
      }
    }
  });

  it('equips a person once, although all gateways need it at the same moment', async () => {
    const imported = await cluster.gateways[1]!.admin.change<ImportReport>('certificates.import', {
      fileName: 'bob.pem',
      base64: partner.certificate.toString('base64'),
      password: '',
      reason: 'test',
    });
    assert.equal(imported.entries[0]?.outcome, 'imported');
    for (const gateway of cluster.gateways) {
      const known = async (): Promise<boolean> => {
        const page = await gateway.admin.query<{ total: number }>('certificates.list', { search: BOB });
        return page.total === 1;
      };
      await until(known, APPEARS_MS, () => 'the certificate is not on another gateway');
    }
    await Promise.all(
      cluster.gateways.map((gateway, i) => {
        const mail = `From: Alice <${ALICE}>\r\nTo: ${BOB}\r\nSubject: hello ${i}\r\n\r\nsecret plans ${i}\r\n`;
        return submit(gateway.insidePort, { from: ALICE, to: [BOB], mail });
      }),
    );
    const signers: string[] = [];
    for (const [i, gateway] of cluster.gateways.entries()) {
      const { text, raw } = await gateway.arrival(BOB);
      assert.match(text, /smime-type=enveloped-data/);
      signers.push(signerOf(raw, `secret plans ${i}`));
    }
    assert.equal(new Set(signers).size, 1, signers.join('\n'));
  });
});

/** Opens a mail as Bob and gives the certificate that signed it. */
function signerOf(raw: Buffer, content: string): string {
  partner.file('in.eml', raw);
  const keys = ['-recip', 'cert.pem', '-inkey', 'key.pem'];
  const opened = partner.run(['cms', '-decrypt', '-in', 'in.eml', ...keys]);
  partner.file('signed.eml', opened);
  const verify = ['cms', '-verify', '-in', 'signed.eml', '-noverify', '-signer', 'signer.pem'];
  assert.ok(partner.run(verify).toString('latin1').includes(content));
  return partner.run(['x509', '-in', 'signer.pem', '-noout', '-serial', '-subject']).toString('latin1');
}
