/**
 * Threat 1: what was decrypted without proof that nobody changed it has its HTML disarmed before a reader sees it.
 *
 * Proof is authenticated encryption, or a valid signature inside the encryption; one around it proves nothing of the
 * plaintext, since anyone can sign a ciphertext that he has altered.
 */
import { disarmMail } from '#domain/mail/disarm-mail.ts';
import type { LayerReport } from '#domain/mail/verdict.ts';
import { sealedScratch } from '#node/spool/sealed-scratch.ts';
import { entityOf, type OpeningMail } from './layer.ts';

/** The same mail when there is nothing to disarm; null when it cannot be read again. */
export function disarmUnproven(
  mail: OpeningMail,
  layers: readonly LayerReport[],
  scratchFolder: string,
): OpeningMail | null {
  if (!isUnproven(layers)) return mail;
  const pieces = disarmMail(mail.octets, mail.entity);
  if (pieces === null) return mail;
  const scratch = sealedScratch(scratchFolder);
  for (const piece of pieces) scratch.write(piece);
  return entityOf(scratch.octets());
}

function isUnproven(layers: readonly LayerReport[]): boolean {
  const open = layers.findLastIndex(
    (layer) => layer.kind === 'encrypted' && layer.outcome === 'opened' && !layer.authenticated,
  );
  if (open < 0) return false;
  return !layers
    .slice(open + 1)
    .some(
      (layer) =>
        (layer.kind === 'signed' && layer.outcome === 'valid' && layer.whole) ||
        (layer.kind === 'encrypted' && layer.outcome === 'opened' && layer.authenticated),
    );
}
