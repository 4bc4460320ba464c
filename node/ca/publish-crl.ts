/**
 * Issues the CRL of our own authority when one is due: after a revocation, and before the last one ends.
 */
import { toBase64Url } from '#domain/canonical-json.ts';
import {
  authorityDecider,
  authorityStream,
  linesOfCrl,
  nextCrlNumber,
} from '#domain/certificates/authority.ts';
import { issueCrl } from '#node/crypto/x509/crl-writer.ts';
import { appendSurely, type CommandMeta, draftOf, errorCode, RETRIES_MAX } from '#node/ledger/execute.ts';
import { type CaPorts, OWN_AUTHORITY_ID } from './ca-ports.ts';
import { authoritySigner, readAuthority } from './own-authority.ts';

const DAY_MS = 86_400_000;
/** A week: S/MIME BR §4.9.7 allows ten days. */
const CRL_VALIDITY_MS = 7 * DAY_MS;
/** A gateway may be down over a long weekend before partners see an outdated list. */
const RENEW_BEFORE_MS = 4 * DAY_MS;

/**
 * True when a CRL was issued and recorded by this call, false when none was due or there is no authority yet.
 * Rejects with LogError `too-large` beyond some 15,000 revoked certificates that have not ended.
 */
export async function ensureCrl(ports: CaPorts, meta: CommandMeta): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    const own = await readAuthority(ports);
    if (!own) return false;
    const { crl, crlIsDue } = own.state;
    if (!crlIsDue && crl && crl.nextUpdate >= meta.atMs + RENEW_BEFORE_MS) return false;
    const thisUpdate = Math.floor(meta.atMs / 1_000) * 1_000; // Times in a CRL have no fractions.
    const nextUpdate = thisUpdate + CRL_VALIDITY_MS;
    const number = nextCrlNumber(own.state);
    const der = await issueCrl(
      {
        issuer: own.certificate,
        lines: linesOfCrl(own.state, thisUpdate),
        number,
        thisUpdateMs: thisUpdate,
        nextUpdateMs: nextUpdate,
      },
      authoritySigner(ports, own),
    );
    const stream = authorityStream(OWN_AUTHORITY_ID);
    const issued = { number, thisUpdate, nextUpdate, der: toBase64Url(der), at: meta.atMs };
    const numbered = { ...meta, requestId: `${meta.requestId}|crl|${number}` };
    const draft = draftOf(authorityDecider, stream, { type: 'CrlIssued', ...issued }, numbered, 0);
    try {
      await appendSurely(ports.ledger, [draft], { stream, version: own.version });
      return true;
    } catch (error) {
      if (errorCode(error) !== 'version-conflict' || attempt >= RETRIES_MAX) throw error;
    }
  }
}
