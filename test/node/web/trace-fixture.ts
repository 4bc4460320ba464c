/** Journals of a few mails, as the processes write them, for the trace index and the page. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_PROTECTION } from '#domain/mail/verdict.ts';
import type { Layout } from '#node/config/layout.ts';

export const MAIL_ID = 'gateway-1.1.01JDC0A0000000000000000001';
export const HELD_ID = 'gateway-1.1.01JDC0A0000000000000000002';
export const WAITING_ID = 'gateway-1.1.01JDC0A0000000000000000003';

const START = Date.UTC(2026, 10, 23, 9, 0);

const received = (spoolId: string, atMs: number, sender: string, recipients: string[], zone = 'inside') => ({
  event: 'received',
  sessionId: 's',
  atMs,
  spoolId,
  sender,
  recipients,
  sizeBytes: 18_432,
  zone,
  listener: zone,
  peer: '127.0.0.1',
  helo: 'mail.example.org',
  tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
  reply: '250 2.6.0 accepted',
});

const stages = ['parse', 'classify', 'open', 'plan', 'protect', 'relay'].map((stage, i) => ({
  stage,
  us: 180 + i * 410,
}));

export const journals = {
  receive: [
    received(MAIL_ID, START, 'anna@example.org', ['petra@partner.example', 'lea@liberty.example']),
    received(HELD_ID, START + 60_000, 'anna@example.org', ['otto@old.example']),
    received(WAITING_ID, START + 120_000, 'petra@partner.example', ['anna@example.org'], 'outside'),
  ],
  protect: [
    {
      atMs: START + 40,
      event: 'decided',
      spoolId: MAIL_ID,
      messageId: '<offer@example.org>',
      sender: 'anna@example.org',
      sizeBytes: 18_432,
      position: '1284',
      ruleBookPosition: '1281',
      verdict: {
        ...NO_PROTECTION,
        signature: 'valid',
        signer: {
          name: 'CN=Anna Muster',
          addresses: ['anna@example.org'],
          fingerprint: 'ab',
          issuer: null,
          claimedAtMs: null,
        },
        layers: [
          {
            kind: 'signed',
            technology: 'smime',
            algorithms: ['RSA-PSS', 'SHA-256'],
            weak: [],
            outcome: 'valid',
            signer: null,
            whole: true,
          },
        ],
      },
      recipients: [
        {
          recipient: 'petra@partner.example',
          rule: 'Outgoing',
          reasons: ['direction: outgoing', 'rule: Outgoing', 'encrypted with smime', 'signed with smime'],
          end: 'delivered',
          why: '',
          copies: [
            { queueId: 'q1', deliverTo: 'petra@partner.example', protection: 'smime signed and encrypted' },
          ],
        },
        {
          recipient: 'lea@liberty.example',
          rule: 'Outgoing',
          reasons: [
            'direction: outgoing',
            'rule: Outgoing',
            'smime not possible: no certificate is known',
            'encrypted with openpgp',
            'signed with openpgp',
          ],
          end: 'delivered',
          why: '',
          copies: [
            { queueId: 'q2', deliverTo: 'lea@liberty.example', protection: 'openpgp signed and encrypted' },
          ],
        },
      ],
      stages,
    },
    {
      atMs: START + 60_050,
      event: 'decided',
      spoolId: HELD_ID,
      messageId: '<held@example.org>',
      sender: 'anna@example.org',
      sizeBytes: 900,
      position: '1284',
      ruleBookPosition: '1281',
      verdict: NO_PROTECTION,
      recipients: [
        {
          recipient: 'otto@old.example',
          rule: 'Outgoing',
          reasons: [
            'direction: outgoing',
            'rule: Outgoing',
            'smime not possible: the certificate has expired',
            'no encryption possible, the rule says: hold',
          ],
          end: 'hold',
          why: 'recipient-key-missing',
          copies: [],
        },
      ],
      stages,
    },
  ],
  send: [
    {
      atMs: START + 300,
      event: 'delivered',
      spoolId: 's1',
      queueId: 'q1',
      traceId: MAIL_ID,
      recipients: ['petra@partner.example'],
      nextHop: 'mx.partner.example[192.0.2.7]:25',
      reply: '250 2.0.0 Ok: queued as 4F2A91',
      tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
      attempts: 1,
    },
    {
      atMs: START + 350,
      event: 'deferred',
      spoolId: 's2',
      queueId: 'q2',
      traceId: MAIL_ID,
      recipients: ['lea@liberty.example'],
      nextHop: 'mx.liberty.example[192.0.2.9]:25',
      reply: '451 4.7.1 Greylisted, try again later',
      tls: null,
      attempts: 1,
    },
    {
      atMs: START + 61_350,
      event: 'delivered',
      spoolId: 's2',
      queueId: 'q2',
      traceId: MAIL_ID,
      recipients: ['lea@liberty.example'],
      nextHop: 'mx.liberty.example[192.0.2.9]:25',
      reply: '250 2.0.0 Ok',
      tls: 'TLSv1.3 TLS_AES_128_GCM_SHA256',
      attempts: 2,
    },
  ],
};

export function writeJournals(layout: Layout): void {
  mkdirSync(layout.trace, { recursive: true });
  for (const [name, records] of Object.entries(journals)) {
    const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    writeFileSync(join(layout.trace, `${name}.jsonl`), lines);
  }
}
