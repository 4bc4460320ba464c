/**
 * Walks a mail from its outermost layer inwards: decrypts, verifies, unwraps, until nothing protected is left.
 *
 * Each decrypted part is an entity of its own: encrypted parts among other content are not decrypted into it
 * (threat 2), so only the root of what is there is ever opened. Nested and triple-wrapped mails are a few turns.
 */
import type { LayerReport } from '#domain/mail/verdict.ts';
import type { DecompressionBudget } from '#node/crypto/openpgp/open.ts';
import { isProtected, type LayerEnd, type OpenContext, type OpeningMail } from './layer.ts';
import { openInlinePgp, openPgpEncrypted, verifyPgpSigned } from './open-openpgp.ts';
import { openCms, verifyCmsSigned } from './open-smime.ts';

/** Triple wrapping is three, a mailing list's signature around it a fourth; more is an attack on our time. */
const LAYERS_MAX = 8;
/** All decompression of one mail together (threat 24): ten times the largest mail that is usually accepted. */
const DECOMPRESSED_BYTES_MAX = 500 * 1024 * 1024;

export interface Opened {
  readonly layers: readonly LayerReport[];
  /** What the reader gets instead of the content as it came; null when it stays. */
  readonly content: OpeningMail | null;
}

export function newBudget(): DecompressionBudget {
  return { remainingBytes: DECOMPRESSED_BYTES_MAX };
}

export async function openLayers(mail: OpeningMail, context: OpenContext): Promise<Opened> {
  const layers: LayerReport[] = [];
  let current: OpeningMail = mail;
  let content: OpeningMail | null = null;
  for (let turn = 0; turn < LAYERS_MAX; turn++) {
    const end = await openOne(current, context);
    if (!end) break;
    layers.push(...end.layers);
    // A signature around the whole mail stays for the reader's own program; one inside an encryption goes with it.
    if (!end.inside) break;
    current = end.inside;
    if (end.unwraps || content !== null) content = end.inside;
    if (!end.unwraps && !isProtected(current.entity)) break;
  }
  return { layers, content };
}

/** Null when the entity is not protected. */
async function openOne(mail: OpeningMail, context: OpenContext): Promise<LayerEnd | null> {
  const { value, parameters } = mail.entity.contentType;
  switch (value) {
    case 'application/pkcs7-mime':
    case 'application/x-pkcs7-mime':
      return openCms(mail, context);
    case 'multipart/signed': {
      if (mail.entity.children.length !== 2) return malformedSignature(parameters.get('protocol') ?? '');
      const isPgp = parameters.get('protocol')?.toLowerCase() === 'application/pgp-signature';
      return isPgp ? verifyPgpSigned(mail, context) : verifyCmsSigned(mail, context);
    }
    case 'multipart/encrypted':
      return openPgpEncrypted(mail, context);
    case 'text/plain':
      return openInlinePgp(mail, context);
    default:
      return null;
  }
}

function malformedSignature(protocol: string): LayerEnd {
  const technology = protocol.toLowerCase() === 'application/pgp-signature' ? 'openpgp' : 'smime';
  return {
    layers: [
      {
        kind: 'signed',
        technology,
        algorithms: [],
        weak: [],
        outcome: 'not-verified',
        problem: 'malformed',
        signer: null,
        whole: true,
      },
    ],
    inside: null,
    unwraps: false,
  };
}
