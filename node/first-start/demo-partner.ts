/**
 * In the try-out: takes the demonstration partner's certificate and OpenPGP key into the log, as an operator's word, so
 * that the newcomer's first mail has someone to go to.
 *
 * The mailbox process makes them and is started before. They are waited for a moment; without them the gateway starts
 * all the same, and the next start takes them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { certificateDecider, certificateStream } from '#domain/certificates/certificate.ts';
import { partnerKeyDecider, partnerKeyStream } from '#domain/keys/partner-key.ts';
import type { Layout } from '#node/config/layout.ts';
import { factsOfPartnerKey } from '#node/crypto/openpgp/partner-key-facts.ts';
import { describeKey } from '#node/crypto/openpgp/public-key.ts';
import { readCertificate } from '#node/crypto/x509/certificate.ts';
import { factsOfCertificate } from '#node/crypto/x509/certificate-facts.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { demoCertificateFile, demoOpenPgpFile } from '#node/mailbox/demo-material.ts';

const WAIT_MS = 10_000; // Making an RSA key takes a second on a slow machine.
const LOOK_MS = 50;

/** False when the mailbox has not made them in time. Idempotent. */
export async function importDemoPartner(
  ledger: Pick<LedgerPort, 'readStream' | 'append'>,
  layout: Layout,
  atMs: number,
  waitMs = WAIT_MS,
): Promise<boolean> {
  const until = performance.now() + waitMs;
  while (!existsSync(demoCertificateFile(layout))) {
    if (performance.now() > until) return false;
    await wait(LOOK_MS);
  }
  const certificate = readCertificate(readFileSync(demoCertificateFile(layout)));
  const facts = factsOfCertificate(certificate, null);
  const stream = certificateStream(facts.sha256);
  if ((await ledger.readStream(stream)).length === 0) {
    const command = {
      type: 'ImportCertificate' as const,
      ...facts,
      origin: 'operator' as const,
      keyKnownFor: [],
      at: atMs,
    };
    await execute(ledger, certificateDecider, stream, command, metaOf(facts.sha256, atMs));
  }
  const key = await describeKey(readFileSync(demoOpenPgpFile(layout)), atMs);
  const keyStream = partnerKeyStream(key.fingerprint);
  if ((await ledger.readStream(keyStream)).length === 0) {
    const command = {
      type: 'ImportPartnerKey' as const,
      fingerprint: key.fingerprint,
      origin: 'operator' as const,
      ...factsOfPartnerKey(key),
      at: atMs,
    };
    await execute(ledger, partnerKeyDecider, keyStream, command, metaOf(key.fingerprint, atMs));
  }
  return true;
}

function metaOf(fingerprint: string, atMs: number): CommandMeta {
  return {
    requestId: `first-start|partner|${fingerprint}`,
    actor: 'system',
    reason: 'demonstration partner of the try-out',
    atMs,
  };
}
