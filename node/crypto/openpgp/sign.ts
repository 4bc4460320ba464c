/**
 * Signs with one of our OpenPGP keys: detached for PGP/MIME (RFC 3156 §5), cleartext for inline PGP (RFC 9580 §7).
 *
 * Throws `signing-key-unusable`, or what the `keys` process answered.
 */
import { writeArmour } from './armour.ts';
import { signedLines } from './cleartext.ts';
import { chooseSigner, makeSignature, type OpenPgpSigner } from './signer.ts';

interface DetachedSignature {
  /** Armoured, CRLF line ends: the body of the `application/pgp-signature` part. */
  readonly signature: Buffer;
  /** Parameter of `multipart/signed` (RFC 3156 §5), e.g. `pgp-sha256`. */
  readonly micalg: string;
}

/** `content`: the first part with its header, CRLF line ends, as it will be sent, without the CRLF of the boundary. */
export async function signDetached(
  content: Uint8Array,
  signer: OpenPgpSigner,
  atMs: number,
): Promise<DetachedSignature> {
  const chosen = await chooseSigner(signer, atMs);
  const { packet } = await makeSignature(chosen, 'binary', content);
  const signature = writeArmour('SIGNATURE', packet, chosen.packet.version < 6);
  return { signature, micalg: `pgp-${chosen.hash}` };
}

/** A signed text for an inline PGP body. White space at the end of a line is not part of what is signed (§7.2). */
export async function signCleartext(text: string, signer: OpenPgpSigner, atMs: number): Promise<Buffer> {
  const chosen = await chooseSigner(signer, atMs);
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const signed = Buffer.from(signedLines(lines).join('\r\n'));
  const { packet } = await makeSignature(chosen, 'text', signed);
  const escaped = lines.map((line) => (/^(-|From )/.test(line) ? `- ${line}` : line));
  return Buffer.concat([
    Buffer.from(
      `-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: ${chosen.hash.toUpperCase()}\r\n\r\n${escaped.join('\r\n')}\r\n`,
    ),
    writeArmour('SIGNATURE', packet, chosen.packet.version < 6),
  ]);
}
