/**
 * Revokes a certificate: for good, and on the next CRL when our own authority issued it.
 */
import { authorityDecider, authorityStream } from '#domain/certificates/authority.ts';
import {
  type CertificateRefusal,
  certificateDecider,
  certificateStream,
  type RevocationReason,
} from '#domain/certificates/certificate.ts';
import { foldStream } from '#domain/decider.ts';
import { appendSurely, type CommandMeta, draftOf, errorCode, RETRIES_MAX } from '#node/ledger/execute.ts';
import { type CaPorts, OWN_AUTHORITY_ID } from './ca-ports.ts';
import { readAuthority } from './own-authority.ts';

export type RevokeResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly refusal: CertificateRefusal };

/** Asked twice, recorded once. The events of both streams stand or fall together. */
export async function revokeCertificate(
  ports: CaPorts,
  sha256: string,
  reason: RevocationReason,
  meta: CommandMeta,
): Promise<RevokeResult> {
  const stream = certificateStream(sha256);
  for (let attempt = 0; ; attempt++) {
    const stored = await ports.ledger.readStream(stream);
    const certificate = foldStream(certificateDecider, stored);
    const decision = certificateDecider.decide(
      { type: 'RevokeCertificate', reason, at: meta.atMs },
      certificate,
    );
    if (decision.kind === 'refused') return decision;
    if (decision.events.length === 0 || certificate.status === 'absent') return { kind: 'done' };
    const drafts = decision.events.map((event, i) => draftOf(certificateDecider, stream, event, meta, i));
    let expect = { stream, version: stored.length };
    const own = certificate.authorityId === OWN_AUTHORITY_ID ? await readAuthority(ports) : null;
    if (own) {
      // The authority's stream puts all its revocations and CRLs in one order.
      const { serial, notAfter } = certificate.facts;
      const command = { type: 'RevokeSerial', serial, reason, notAfter, at: meta.atMs } as const;
      const listed = authorityDecider.decide(command, own.state);
      const events = listed.kind === 'accepted' ? listed.events : [];
      const authority = authorityStream(OWN_AUTHORITY_ID);
      drafts.push(
        ...events.map((event, i) => draftOf(authorityDecider, authority, event, meta, drafts.length + i)),
      );
      expect = { stream: authority, version: own.version };
    }
    try {
      await appendSurely(ports.ledger, drafts, expect);
      return { kind: 'done' };
    } catch (error) {
      if (errorCode(error) !== 'version-conflict' || attempt >= RETRIES_MAX) throw error;
    }
  }
}
