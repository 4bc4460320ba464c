/**
 * OpenPGP for the mail line: PGP/MIME signed (RFC 3156 §5) or encrypted, with the signature inside (§6.2).
 *
 * The whole entity is in memory here: openpgp.js decides the limit (MESSAGE_BYTES_MAX); a larger mail goes back.
 */
import type { PlannedMail, Version } from '#domain/mail/line.ts';
import { multipartSigned, pgpEncrypted, pgpSignaturePart } from '#domain/mime/compose.ts';
import { gather } from '#domain/mime/text.ts';
import { encryptOpenPgp } from '#node/crypto/openpgp/encrypt.ts';
import { OpenPgpError } from '#node/crypto/openpgp/openpgp-error.ts';
import { signDetached } from '#node/crypto/openpgp/sign.ts';
import type { OpenPgpSigner } from '#node/crypto/openpgp/signer.ts';
import { newBoundary } from './boundary.ts';
import { innerEntity } from './inner-entity.ts';
import type { LinePorts } from './line-ports.ts';
import type { Protected, Protector } from './protector.ts';

export function openPgpProtector(mail: PlannedMail, ports: LinePorts): Protector {
  let signerOnce: Promise<OpenPgpSigner | null> | null = null;
  // Of sending, not of reception: a key may have been renewed while the mail waited.
  const atMs = Date.now();

  async function findSigner(): Promise<OpenPgpSigner | null> {
    const { sender } = mail.header.envelope;
    if (sender === null) return null;
    const { openpgp } = await ports.ask('signingKeys', { address: sender, method: 'openpgp' });
    return openpgp ? { keyId: openpgp.keyId, publicKey: openpgp.publicKey, keys: ports.keys } : null;
  }

  return async (version, group, recipients): Promise<Protected> => {
    const { protection } = group.copy;
    let signer: OpenPgpSigner | null = null;
    if (protection.sign) {
      signerOnce ??= findSigner();
      signer = await signerOnce;
      if (!signer) return { failure: 'sender-key-missing', detail: 'no OpenPGP key of the sender' };
    }
    try {
      if (!protection.encrypt) return await signed(version, signer, atMs);
      const keys = recipients.map((r) => r.openPgpKey).filter((key) => key !== null);
      if (keys.length !== recipients.length) {
        return { failure: 'recipient-key-missing', detail: 'a key was withdrawn meanwhile' };
      }
      const inner = innerEntity(version, 'openpgp', true, protection.headers);
      const { message } = await encryptOpenPgp({
        content: gather(inner.pieces()),
        recipients: keys.map((publicKey) => ({ publicKey, hidden: false })),
        signer,
        atMs,
      });
      return { pieces: pgpEncrypted(inner.outerFields, newBoundary(), [message]), sevenBit: true };
    } catch (error) {
      if (!(error instanceof OpenPgpError)) throw error;
      if (error.code === 'too-large') return { failure: 'message-too-large', detail: error.message };
      const sender = error.code === 'signing-key-unusable';
      return { failure: sender ? 'sender-key-missing' : 'recipient-key-missing', detail: error.message };
    }
  };
}

async function signed(version: Version, signer: OpenPgpSigner | null, atMs: number): Promise<Protected> {
  if (!signer) return { failure: 'sender-key-missing', detail: 'no OpenPGP key of the sender' };
  const inner = innerEntity(version, 'openpgp', false, 'copied');
  const content = gather(inner.pieces());
  const { signature, micalg } = await signDetached(content, signer, atMs);
  const parameters = { protocol: 'application/pgp-signature', micalg, boundary: newBoundary() };
  const pieces = multipartSigned(inner.outerFields, parameters, [content], pgpSignaturePart([signature]));
  return { pieces, sevenBit: inner.sevenBit };
}
