/**
 * Old data opens: a data folder as release 0.1.0 left it (written by its own processes, with a mail still in the spool)
 * is opened by this version; the chain continues, and the mail leaves.
 *
 * The folder is made by `write-release-data.ts` once for each release and never again.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { GatewayStatus } from '#node/web/status-admin-port.ts';
import { runGateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';

const RELEASE = 'test/upgrade/fixtures/0.1.0';
/** What the folder held when it was written. */
const HEAD_MIN = 15;

describe('the data of release 0.1.0', () => {
  it('is opened, its mail leaves, its people sign with the keys they had', async () => {
    const gateway = await runGateway({}, undefined, (data) => {
      mkdirSync(data, { recursive: true });
      cpSync(RELEASE, data, { recursive: true });
    });
    try {
      const waiting = await gateway.arrival('bob@partner.example');
      assert.match(waiting.text, /smime-type=enveloped-data/, 'the mail that waited in the spool');
      const { status } = await gateway.admin.query<{ status: GatewayStatus }>('status.overview');
      assert.ok(Number(status.log?.head) >= HEAD_MIN);
      assert.equal(status.log?.writable, true);
      const mail =
        'From: alice@example.org\r\nTo: bob@partner.example\r\nSubject: after the upgrade\r\n\r\nhello\r\n';
      await submit(gateway.insidePort, { from: 'alice@example.org', to: ['bob@partner.example'], mail });
      await gateway.arrival('bob@partner.example', (m) => m.text.includes('after the upgrade'));
      const own = await gateway.admin.query<{ total: number }>('certificates.list', { kind: 'own' });
      assert.ok(own.total >= 2, 'the keys of its person are there');
      const policy = await gateway.admin.query<{ published: { book: { rules: { name: string }[] } } }>(
        'policy.state',
      );
      assert.ok(policy.published.book.rules.some((rule) => rule.name === 'Outgoing'));
    } finally {
      await gateway.remove();
    }
  });
});
