/**
 * S/MIME layers of an incoming mail: encrypted, opaque-signed, compressed, clear-signed.
 *
 * What comes out of decryption goes to a scratch that nobody can read until the outcome is known.
 */
import { addressKey } from '#domain/mail/address.ts';
import { windowOf } from '#domain/mail/octets.ts';
import type { LayerReport, SignatureProblem, SignerIdentity } from '#domain/mail/verdict.ts';
import { decodedBody } from '#domain/mime/transfer.ts';
import { cmsTypeOf } from '#node/crypto/cms/cms-type.ts';
import { readCompressed } from '#node/crypto/cms/compressed.ts';
import { openEnvelope } from '#node/crypto/cms/open-envelope.ts';
import { readSigned, type SignedReport } from '#node/crypto/cms/read-signed.ts';
import { sealedScratch } from '#node/spool/sealed-scratch.ts';
import { announce } from './announce.ts';
import { judgedSigner } from './judged-signers.ts';
import { entityOf, isProtected, type LayerEnd, type OpenContext, type OpeningMail } from './layer.ts';
import { rememberedCertificate } from './remembered-certificate.ts';

export async function openCms(mail: OpeningMail, context: OpenContext): Promise<LayerEnd> {
  const cms = (): Iterable<Uint8Array> => decodedBody(mail.octets, mail.entity);
  switch (cmsTypeOf(cms())) {
    case 'signed':
      return openOpaque(cms, context);
    case 'compressed':
      return openCompressed(cms, context);
    default:
      return openEncrypted(cms, context); // What is no CMS at all is told as an encryption that failed.
  }
}

type Source = () => Iterable<Uint8Array>;

async function openEncrypted(cms: Source, context: OpenContext): Promise<LayerEnd> {
  const scratch = sealedScratch(context.ports.settings.layout.scratch);
  const report = await openEnvelope({
    cms,
    keys: context.recipient.decryptCertificates.map((own) => ({
      keyId: own.keyId,
      certificate: rememberedCertificate(own.certificate),
    })),
    port: context.ports.keys,
    onContent: (piece) => scratch.write(piece),
    weakCiphers: context.weakCiphers,
  });
  const layer = (outcome: 'opened' | 'no-key' | 'failed', reason: string | null): LayerReport => ({
    kind: 'encrypted',
    technology: 'smime',
    algorithms: report.algorithms,
    weak: report.weak,
    authenticated: report.authenticated,
    outcome,
    ...(reason ? { reason } : {}),
  });
  const closed = (outcome: 'no-key' | 'failed', reason: string | null): LayerEnd => {
    scratch.close();
    return { layers: [layer(outcome, reason)], inside: null, unwraps: false };
  };
  if (report.outcome !== 'opened') return closed(report.outcome, report.reason);
  const inside = entityOf(scratch.octets());
  // Threat 1: what was altered in CBC mode is hardly ever a well-formed entity; what is not one is not shown.
  if (!inside || !isEntity(inside)) return closed('failed', null);
  return { layers: [layer('opened', null)], inside, unwraps: true };
}

/** A header with a field, all of it well-formed: the least that every S/MIME entity has. */
function isEntity({ entity }: OpeningMail): boolean {
  return entity.header.fields.length > 0 && !entity.defects.includes('header-malformed');
}

async function openOpaque(cms: Source, context: OpenContext): Promise<LayerEnd> {
  const scratch = sealedScratch(context.ports.settings.layout.scratch);
  const report = readSigned({
    cms: cms(),
    onContent: (piece) => scratch.write(piece),
    readCertificate: rememberedCertificate,
  });
  if (report.complete && !report.embedded && report.signers.length === 0) {
    scratch.close();
    return { layers: [], inside: null, unwraps: false }; // Certificates only (RFC 8551 §3.8): not a signature.
  }
  const layers = [await signatureLayer(report, context)];
  if (!report.complete || !report.embedded) {
    scratch.close();
    return { layers, inside: null, unwraps: false };
  }
  return { layers, inside: entityOf(scratch.octets()), unwraps: true };
}

/** RFC 8551 §3.5.3. The first part exactly as it stands is what was signed. */
export async function verifyCmsSigned(mail: OpeningMail, context: OpenContext): Promise<LayerEnd> {
  const [content, signature] = mail.entity.children;
  if (!content || !signature) throw new Error('two children were checked');
  const report = readSigned({
    cms: decodedBody(mail.octets, signature),
    detached: mail.octets.chunks(content.start, content.end),
    readCertificate: rememberedCertificate,
  });
  const inside = entityOf(windowOf(mail.octets, content.start, content.end));
  return {
    layers: [await signatureLayer(report, context)],
    inside,
    unwraps: inside !== null && isProtected(inside.entity),
  };
}

/** Mathematically right, trusted now, and of the one From address: only then valid (S8). */
async function signatureLayer(report: SignedReport, context: OpenContext): Promise<LayerReport> {
  const [signer] = report.signers;
  let problem: SignatureProblem | null = report.problem;
  let identity: SignerIdentity | null = null;
  if (signer?.certificate) {
    const question = {
      certificate: signer.certificate.der,
      others: report.certificates,
      atMs: context.atMs,
    };
    const answer = await judgedSigner(context.ports.ask, question, context.position);
    identity = { ...answer.identity, claimedAtMs: signer.signingTimeMs };
    problem ??= answer.problem ?? addressProblem(identity, context.from);
    if (problem === null && signer.weak.length > 0 && signer.weak.some(isWeakDigest))
      problem = 'weak-algorithm';
    if (problem === null && signer.capabilities !== null && context.from !== null) {
      await announce(context.ports.ask, {
        address: context.from,
        capabilities: signer.capabilities,
        certificate: identity.fingerprint,
        signedAtMs: signer.signingTimeMs,
      });
    }
  } else problem ??= 'signer-certificate-missing'; // Nobody's signature is never a valid one.
  return {
    kind: 'signed',
    technology: 'smime',
    algorithms: signer?.algorithms ?? [],
    weak: signer?.weak ?? [],
    outcome: problem === null ? 'valid' : 'not-verified',
    ...(problem ? { problem } : {}),
    signer: identity,
    whole: true,
  };
}

/** SHA-1 is never 'valid' (targets.md, Algorithms today). */
function isWeakDigest(name: string): boolean {
  return name === 'SHA-1';
}

function addressProblem(identity: SignerIdentity, from: string | null): SignatureProblem | null {
  if (from === null) return 'from-ambiguous';
  const bound = identity.addresses.some((address) => addressKey(address) === addressKey(from));
  return bound ? null : 'address-mismatch';
}

async function openCompressed(cms: Source, context: OpenContext): Promise<LayerEnd> {
  const scratch = sealedScratch(context.ports.settings.layout.scratch);
  const { budget } = context;
  const report = await readCompressed({
    cms: cms(),
    onContent: (piece) => scratch.write(piece),
    bytesMax: budget.remainingBytes,
  });
  budget.remainingBytes -= report.contentBytes;
  const inside = report.outcome === 'opened' ? entityOf(scratch.octets()) : null;
  if (!inside) scratch.close();
  return { layers: [{ kind: 'compressed', technology: 'smime' }], inside, unwraps: inside !== null };
}
