/**
 * Judges certificates for the mail line: path to an anchor of ours, time, usage, revocation, all as of now.
 *
 * Verdicts are remembered for VERDICT_MS, less when anchors or CRLs change. A CRL of someone else's CA is fetched when
 * a certificate names where it is; `unknown` stays `unknown` when it cannot be had (RFC 5280 §6.3).
 */
import { createHash } from 'node:crypto';
import { fromBase64Url } from '#domain/canonical-json.ts';
import type { SignatureProblem } from '#domain/mail/verdict.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import { CertificatePool } from '#node/crypto/x509/certificate-pool.ts';
import { readCrl } from '#node/crypto/x509/crl.ts';
import { CrlStore } from '#node/crypto/x509/crl-store.ts';
import { nameText } from '#node/crypto/x509/distinguished-name.ts';
import { addressesOf, allowsMailUsage, type MailUsage } from '#node/crypto/x509/mail-usage.ts';
import { findPath, type PathResult } from '#node/crypto/x509/path-builder.ts';
import { X509Error } from '#node/crypto/x509/x509-error.ts';
import type { FetchPort } from '#node/fetch/port.ts';
import type { KnownCertificate } from '#projections/certificates.ts';
import type { ReadModels } from '#projections/read-models.ts';
import type { CertificateJudge } from './answer.ts';
import type { SignerAnswer, SignerQuestion } from './facts.ts';
import { rememberedCertificate } from './remembered-certificate.ts';

const VERDICT_MS = 5 * 60_000; // A revocation elsewhere is seen within five minutes of its CRL.
const VERDICTS_MAX = 20_000; // Partners of a large house; a verdict is some hundred octets.
const CRL_TIMEOUT_MS = 10_000; // A mail may wait this long for the answer of a stranger's CA.
const CRL_BYTES_MAX = 32 * 1024 * 1024;
const CRL_RETRY_MS = 60_000; // A CA that does not answer is asked once a minute, not once a mail.

interface Judgement {
  readonly problem: SignatureProblem | null;
  readonly untilMs: number;
}

export function certificateJudge(
  models: ReadModels,
  fetch: FetchPort | null,
  nowMs: () => number,
): CertificateJudge {
  let revision = -1;
  let anchors = new CertificatePool();
  const crls = new CrlStore();
  const fetched = new Map<string, { untilMs: number; running: Promise<void> }>();
  const verdicts = new Map<string, Judgement>();

  /** Rebuilt when the log changed something about authorities. */
  function refresh(): void {
    if (models.authorities.revision === revision) return;
    revision = models.authorities.revision;
    verdicts.clear();
    anchors = new CertificatePool();
    for (const anchor of models.authorities.anchors())
      anchors.add(readCertificate(fromBase64Url(anchor.facts.der)));
    for (const own of models.authorities.authorities()) {
      const certificate = readCertificate(fromBase64Url(own.facts.der));
      anchors.add(certificate);
      if (own.crl) crls.add(readCrl(fromBase64Url(own.crl.der)), certificate);
    }
  }

  function pathOf(
    leaf: X509Certificate,
    others: readonly X509Certificate[],
    usage: MailUsage,
    atMs: number,
  ): PathResult {
    const intermediates = new CertificatePool(others);
    for (const known of models.certificates.authorities()) {
      if (known.trust !== 'distrusted' && known.status !== 'revoked') {
        intermediates.add(readCertificate(fromBase64Url(known.facts.der)));
      }
    }
    return findPath(leaf, { usage, atMs, anchors, intermediates, revocation: crls.checkAt(nowMs()) });
  }

  /** Fetches the CRLs that the certificates of a path name and that are not current here. */
  async function fetchCrls(path: readonly X509Certificate[]): Promise<void> {
    if (!fetch) return;
    const waits: Promise<void>[] = [];
    for (let i = 0; i + 1 < path.length; i++) {
      const [certificate, issuer] = [path[i] as X509Certificate, path[i + 1] as X509Certificate];
      for (const url of certificate.extensions.crlUrls) waits.push(fetchCrl(fetch, url, issuer));
    }
    await Promise.all(waits);
  }

  function fetchCrl(from: FetchPort, url: string, issuer: X509Certificate): Promise<void> {
    const before = fetched.get(url);
    if (before && before.untilMs > nowMs()) return before.running;
    const running = (async () => {
      const end = await from.get({ url, timeoutMs: CRL_TIMEOUT_MS, bytesMax: CRL_BYTES_MAX });
      if (end.kind !== 'ok') return;
      try {
        crls.add(readCrl(end.bytes), issuer);
      } catch (error) {
        if (!(error instanceof X509Error)) throw error; // A list that cannot be read says nothing: unknown.
      }
    })();
    fetched.set(url, { untilMs: nowMs() + CRL_RETRY_MS, running });
    return running;
  }

  async function judge(
    leaf: X509Certificate,
    others: readonly X509Certificate[],
    usage: MailUsage,
    atMs: number,
  ): Promise<SignatureProblem | null> {
    refresh();
    const recorded = recordedVerdict(models.certificates.get(leaf.sha256));
    if (recorded !== 'by-path') return recorded ?? validNow(leaf, usage, atMs);
    const key = `${leaf.sha256}|${usage}|${othersKey(others)}|${Math.floor(atMs / VERDICT_MS)}`;
    const known = verdicts.get(key);
    if (known && known.untilMs > nowMs()) return known.problem;
    let result = pathOf(leaf, others, usage, atMs);
    if (result.ok && result.revocation === 'unknown') {
      await fetchCrls(result.path);
      result = pathOf(leaf, others, usage, atMs);
    }
    const problem = problemOf(result);
    if (verdicts.size >= VERDICTS_MAX) verdicts.clear();
    verdicts.set(key, { problem, untilMs: nowMs() + VERDICT_MS });
    return problem;
  }

  return {
    async mayEncrypt(certificate) {
      const leaf = rememberedCertificate(fromBase64Url(certificate.facts.der));
      return (await judge(leaf, [], 'encrypt', nowMs())) === null;
    },
    async judgeSigner(question: SignerQuestion): Promise<SignerAnswer> {
      const leaf = rememberedCertificate(question.certificate);
      const others = question.others.flatMap((der) => readableCertificate(der));
      const problem = await judge(leaf, others, 'sign', question.atMs);
      const identity = {
        name: nameText(leaf.subject),
        addresses: addressesOf(leaf),
        fingerprint: leaf.sha256,
        issuer: nameText(leaf.issuer),
        claimedAtMs: null,
      };
      return { problem, identity };
    },
  };
}

/** What an operator (or our own CA) said; null = trusted, no path needed. */
function recordedVerdict(known: KnownCertificate | null): SignatureProblem | null | 'by-path' {
  if (!known) return 'by-path';
  if (known.status === 'revoked') return 'revoked';
  if (known.trust === 'distrusted') return 'not-trusted';
  return known.trust === 'trusted' ? null : 'by-path';
}

function validNow(leaf: X509Certificate, usage: MailUsage, atMs: number): SignatureProblem | null {
  if (atMs < leaf.notBeforeMs || atMs > leaf.notAfterMs) return 'expired';
  return allowsMailUsage(leaf, usage) ? null : 'wrong-usage';
}

function problemOf(result: PathResult): SignatureProblem | null {
  if (result.ok) {
    const revocable = result.path.slice(0, -1).some((c) => c.extensions.crlUrls.length > 0);
    return result.revocation === 'unknown' && revocable ? 'revocation-unknown' : null;
  }
  switch (result.problem) {
    case 'expired':
    case 'not-yet-valid':
      return 'expired';
    case 'revoked':
      return 'revoked';
    case 'wrong-usage':
      return 'wrong-usage';
    case 'weak-algorithm':
      return 'weak-algorithm';
    default:
      return 'not-trusted';
  }
}

function readableCertificate(der: Uint8Array): X509Certificate[] {
  try {
    return [rememberedCertificate(der)];
  } catch (error) {
    if (error instanceof X509Error) return []; // Material of a stranger: what cannot be read does not help the path.
    throw error;
  }
}

function othersKey(others: readonly X509Certificate[]): string {
  if (others.length === 0) return '';
  return createHash('sha256')
    .update(others.map((c) => c.sha256).join())
    .digest('base64');
}
