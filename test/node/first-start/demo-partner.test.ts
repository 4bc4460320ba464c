/** The try-out's partner comes into the log once, trusted, however often the gateway starts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { certificateDecider, certificateStream } from '#domain/certificates/certificate.ts';
import { foldStream } from '#domain/decider.ts';
import { layoutOf } from '#node/config/layout.ts';
import { importDemoPartner } from '#node/first-start/demo-partner.ts';
import { demoPartner } from '#node/mailbox/demo-partner.ts';
import { all, openLog } from '../../consensus/scratch-log.ts';

describe('the demonstration partner at the first start', () => {
  const layout = layoutOf(mkdtempSync(join(tmpdir(), 'sealgate-first-')));
  const now = Date.now();
  let log: Awaited<ReturnType<typeof openLog>>;
  const ledger = () => ({
    readStream: (stream: string) => all(log.readStream(stream)),
    append: (...[batch, expect]: Parameters<Parameters<typeof importDemoPartner>[0]['append']>) =>
      log.append(batch, { expect }),
  });

  before(async () => {
    log = await openLog(join(layout.root, 'log'));
  });
  after(async () => {
    await log?.close();
    rmSync(layout.root, { recursive: true, force: true });
  });

  it('is not waited for without end', async () => {
    assert.equal(await importDemoPartner(ledger(), layout, now, 100), false);
  });

  it('is trusted as by an operator, with the first start as the reason', async () => {
    const { smime } = await demoPartner(layout, now);
    assert.equal(await importDemoPartner(ledger(), layout, now), true);
    const stored = await all(log.readStream(certificateStream(smime.certificate.sha256)));
    const certificate = foldStream(certificateDecider, stored);
    assert.equal(certificate.status === 'known' && certificate.trust, 'trusted');
    assert.equal(stored[0]?.actor, 'system');
    assert.equal((await log.head()).position, 2n);
  });

  it('is not imported again', async () => {
    assert.equal(await importDemoPartner(ledger(), layout, now + 60_000), true);
    assert.equal((await log.head()).position, 2n);
  });
});
