/**
 * Self-registration through the running gateway: the first mail waits sealed while the partner is invited; it goes on
 * with the chosen password, or back to its sender (features.md D4).
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pdfInvitationDecider, pdfInvitationStream } from '#domain/pdf/pdf-invitation.ts';
import { type PdfPolicy, pdfPolicySchema } from '#domain/pdf/pdf-policy.ts';
import { keysClient } from '#node/keys/client.ts';
import { ledgerClient } from '#node/ledger/client.ts';
import { draftOf } from '#node/ledger/execute.ts';
import { openLink } from '#node/pdf-pairs/link-token.ts';
import { registerPartner } from '#node/pdf-pairs/registration.ts';
import type { HeldRow } from '#node/web/queue-admin-port.ts';
import { opensslPartner } from './openssl.ts';
import { type PdfPartner, pdfOf, pdfPartner, textOf } from './pdf-partner.ts';
import { alice, type PdfStage, pdfStage } from './pdf-stage.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { until } from './until.ts';

const POLICY: Partial<PdfPolicy> = { selfRegistration: true, portalUrl: 'https://portal.example.org/pdf' };
let gateway: Gateway;
let stage: PdfStage;
let reader: PdfPartner;
let ledger: ReturnType<typeof ledgerClient>;
let keys: ReturnType<typeof keysClient>;

before(async () => {
  gateway = await runGateway();
  stage = pdfStage(gateway);
  reader = pdfPartner();
  ledger = ledgerClient(gateway.layout.ledgerSocket);
  keys = keysClient(gateway.layout);
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  await stage.publish([
    {
      name: 'pdf',
      when: { always: true },
      passes: [
        {
          actions: [
            { do: 'encrypt', methods: ['smime', 'pdf'], otherwise: 'back-to-sender', headers: 'copied' },
          ],
        },
      ],
    },
  ]);
  await stage.setPolicy(POLICY);
});
after(async () => {
  ledger?.close();
  keys?.close();
  await gateway?.remove();
  reader?.remove();
});

const held = (): Promise<HeldRow[]> => gateway.admin.query<HeldRow[]>('queue.held');
const isInvitation = (text: string): boolean => text.includes('/register/');

/** As the portal does it: opens the link of the invitation, then sets the password. */
async function register(recipient: string, password: string): Promise<void> {
  const invitation = await gateway.arrival(recipient, (m) => isInvitation(textOf(m)));
  const token = /https:\/\/portal\.example\.org\/pdf\/register\/(\S+)/.exec(textOf(invitation))?.[1] ?? '';
  const opened = await openLink(keys, 'pdf-invitation', token, Date.now());
  const link = opened?.link;
  assert.equal(link?.recipient, recipient);
  assert.equal(link?.writer, alice);
  const meta = { requestId: `test ${recipient}`, actor: 'portal', reason: 'registered', atMs: Date.now() };
  const policy = pdfPolicySchema.parse(POLICY);
  const pair = { sender: link?.sender ?? '', recipient };
  assert.deepEqual(await registerPartner({ ledger, keys }, policy, pair, password, meta), { kind: 'done' });
}

describe('the first mail to a partner who is to choose the password', () => {
  it('waits sealed, while an invitation goes out that says nothing of it', async () => {
    const bob = 'bob@partner.example';
    const id = await stage.send({ to: [bob], subject: 'Waiting secret', body: 'The waiting text.' });
    const invitation = await gateway.arrival(bob);
    assert.equal(invitation.sender, alice);
    assert.match(invitation.text, /^Auto-Submitted: auto-generated\r$/m);
    assert.ok(!/Waiting secret|waiting text/.test(invitation.text));
    const notice = await stage.noticeAbout(id);
    assert.match(textOf(notice), /was asked to choose a password/);
    const [row] = await held();
    assert.match(row?.reason ?? '', /waits: the partner was asked/);
    for (const name of readdirSync(gateway.layout.spoolHold)) {
      const file = readFileSync(join(gateway.layout.spoolHold, name), 'latin1');
      assert.ok(!/Waiting secret|waiting text/.test(file), name);
    }
  });

  it('goes out with the chosen password, with what waited besides, and one invitation for all', async () => {
    const bob = 'bob@partner.example';
    await stage.send({ to: [bob], subject: 'second' });
    await until(
      async () => (await held()).length === 2,
      20_000,
      () => 'the second mail does not wait',
    );
    const password = 'Correct Horse 7 Battery';
    await register(bob, password);
    const pdfs = (): Buffer[] =>
      gateway.delivered
        .filter((m) => m.recipients.includes(bob) && m.text.includes('application/pdf'))
        .map(pdfOf);
    await until(
      () => pdfs().length === 2,
      30_000,
      () => `${pdfs().length} PDFs; ${gateway.output()}`,
    );
    for (const pdf of pdfs()) assert.ok(reader.opens(pdf, password));
    assert.deepEqual(await held(), []);
    const toBob = gateway.delivered.filter((m) => m.recipients.includes(bob));
    assert.equal(toBob.filter((m) => !m.text.includes('application/pdf')).length, 1);
    // The partner chose it: nobody is told; but the sender is told that the mails went.
    const went = (): string[] =>
      gateway.delivered
        .filter((m) => m.recipients.includes(alice) && /auto-replied/i.test(m.text))
        .map(textOf)
        .filter((text) => text.includes('The recipient chose the password.'));
    await until(
      () => went().length === 2,
      30_000,
      () => `${went().length} notices`,
    );
    assert.ok(!gateway.delivered.some((m) => m.text.includes(password)));
  });

  it('does not make the others wait, and waits for each partner apart', async () => {
    const [carol, dora] = ['carol@partner.example', 'dora@partner.example'];
    const id = await stage.send({ to: ['bob@partner.example', carol, dora], subject: 'three' });
    await stage.carrierFor('bob@partner.example', id);
    await until(
      async () => (await held()).length === 2,
      20_000,
      () => 'not two that wait',
    );
    const before = gateway.delivered.filter((m) => m.recipients.includes('bob@partner.example')).length;
    await register(carol, 'Eight green bottles 3');
    await gateway.arrival(carol, (m) => m.text.includes('application/pdf'));
    const rows = await held();
    assert.deepEqual(
      rows.map((r) => r.recipients),
      [[dora]],
    );
    const after = gateway.delivered.filter((m) => m.recipients.includes('bob@partner.example')).length;
    assert.equal(after, before, 'nobody gets it twice');
  });

  it('goes back to its sender when the invitation has ended; a later mail invites anew', async () => {
    const eva = 'eva@partner.example';
    const id = await stage.send({ to: [eva], subject: 'in vain' });
    await gateway.arrival(eva);
    const stream = pdfInvitationStream(alice, eva);
    const ended = { type: 'PdfInvitationExpired', at: Date.now() } as const;
    const meta = { requestId: 'end', actor: 'node/test', reason: 'test', atMs: ended.at };
    await ledger.append([draftOf(pdfInvitationDecider, stream, ended, meta, 0)], { stream, version: 1 });
    const report = await gateway.arrival(
      alice,
      (m) => m.text.includes('multipart/report') && m.text.includes(id),
    );
    assert.match(report.text, /eva@partner\.example/);
    assert.match(report.text, /Status: 5\.7\.3/);
    const invitations = (): number => gateway.delivered.filter((m) => m.recipients.includes(eva)).length;
    assert.equal(invitations(), 1);
    await stage.send({ to: [eva], subject: 'again' });
    await until(
      () => invitations() === 2,
      20_000,
      () => 'no second invitation',
    );
  });

  it('goes on without a password when a certificate arrives meanwhile, and its sender is told', async () => {
    const greta = 'greta@partner.example';
    const partner = opensslPartner(greta);
    try {
      const id = await stage.send({ to: [greta], subject: 'certificate' });
      await gateway.arrival(greta, (m) => isInvitation(textOf(m)));
      await stage.noticeAbout(id);
      const base64 = partner.certificate.toString('base64');
      const file = { fileName: 'greta.pem', base64, password: '', reason: 'test' };
      await gateway.admin.change('certificates.import', file);
      await gateway.arrival(greta, (m) => m.text.includes('smime-type=enveloped-data'));
      await until(
        () => stage.noticesAbout(id).length === 2,
        30_000,
        () => 'no second notice',
      );
      assert.match(textOf(stage.noticesAbout(id)[1]!), /greta@partner\.example\s+Encrypted with S\/MIME\./);
      assert.ok(!(await held()).some(({ recipients }) => recipients.includes(greta)));
    } finally {
      partner.remove();
    }
  });

  it('survives a kill while it waits', async () => {
    const fritz = 'fritz@partner.example';
    const id = await stage.send({ to: [fritz], subject: 'kill' });
    await gateway.arrival(fritz, (m) => isInvitation(textOf(m)));
    await stage.noticeAbout(id);
    await gateway.stop('SIGKILL');
    await gateway.start();
    await register(fritz, 'Zwölf rote Ballons 99');
    const carrier = await gateway.arrival(fritz, (m) => m.text.includes('application/pdf'));
    assert.ok(reader.opens(pdfOf(carrier), 'Zwölf rote Ballons 99'));
  });
});
