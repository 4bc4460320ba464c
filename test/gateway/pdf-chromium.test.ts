/** A gateway whose PDFs Chromium prints (features.md D6): through the mail line, once for all recipients, and without it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import { CHROMIUM } from '../node/render/browser-here.ts';
import { type PdfPartner, passwordIn, pdfOf, pdfPartner } from './pdf-partner.ts';
import { alice, type PdfStage, pdfStage } from './pdf-stage.ts';
import { type Gateway, runGateway } from './run-gateway.ts';
import { until } from './until.ts';

type Action = RuleBook['rules'][number]['passes'][number]['actions'][number];

const bob = 'bob@partner.example';
const carol = 'carol@partner.example';
const HTML = { headers: 'Content-Type: text/html; charset=utf-8\r\n' };
let reader: PdfPartner;

before(() => {
  reader = pdfPartner();
});
after(() => reader.remove());

async function staged(render: object): Promise<{ gateway: Gateway; stage: PdfStage }> {
  const gateway = await runGateway({ render });
  await gateway.admin.change('people.addDomain', { domain: 'example.org', reason: 'test' });
  const stage = pdfStage(gateway);
  const encrypt: Action = { do: 'encrypt', methods: ['pdf'], otherwise: 'back-to-sender', headers: 'copied' };
  await stage.publish([
    { name: 'outgoing', when: { direction: 'outgoing' }, passes: [{ actions: [encrypt] }] },
  ]);
  return { gateway, stage };
}

/** What the trace says about a recipient of the one mail. */
async function reasonsFor(gateway: Gateway, recipient: string): Promise<string[]> {
  type Traced = {
    mail: { decision: { recipients: { recipient: string; reasons: string[] }[] } | null } | null;
  };
  let reasons: string[] | undefined;
  const traced = async (): Promise<boolean> => {
    const { rows } = await gateway.admin.query<{ rows: { spoolId: string; sender: string }[] }>(
      'mails.list',
      {},
    );
    const spoolId = rows.find((row) => row.sender === alice)?.spoolId;
    if (spoolId === undefined) return false; // The page's index follows the journals.
    const { mail } = await gateway.admin.query<Traced>('mails.get', { spoolId });
    reasons = mail?.decision?.recipients.find((one) => one.recipient === recipient)?.reasons;
    return reasons !== undefined;
  };
  await until(traced, 20_000, () => 'the mail is not traced');
  return reasons ?? [];
}

describe('Chromium in the mail line', () => {
  it('prints what a browser shows, for each recipient under another password', async () => {
    const { gateway, stage } = await staged({ program: CHROMIUM, timeoutMs: 100_000, memoryMb: 4000 });
    try {
      const body =
        '<div style="display:flex"><div>left half</div><div style="margin-left:60px">right half</div></div>';
      const id = await stage.send({ to: [bob, carol], subject: 'Side by side', body, ...HTML });
      const notice = await stage.noticeAbout(id);
      for (const recipient of [bob, carol]) {
        const pdf = pdfOf(await stage.carrierFor(recipient, id));
        const text = reader.text(pdf, passwordIn(notice, recipient));
        assert.match(text, /left half +right half/, 'on one line, which the built-in renderer does not do');
        assert.doesNotMatch((await reasonsFor(gateway, recipient)).join('\n'), /built-in/);
      }
    } finally {
      await gateway.remove();
    }
  });

  it('is not missed when it is not there: the PDF comes all the same, and the trace says how', async () => {
    const { gateway, stage } = await staged({ program: '/nowhere/chromium' });
    try {
      const id = await stage.send({ to: [bob], subject: 'Letter', body: '<p>still arrives</p>', ...HTML });
      const pdf = pdfOf(await stage.carrierFor(bob, id));
      assert.match(reader.text(pdf, passwordIn(await stage.noticeAbout(id), bob)), /still arrives/);
      assert.match((await reasonsFor(gateway, bob)).join('\n'), /PDF by the built-in renderer: the browser/);
    } finally {
      await gateway.remove();
    }
  });
});
