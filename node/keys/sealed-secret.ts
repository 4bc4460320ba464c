/**
 * Sealed secrets: a private key or a PDF password as it stands in its event, AES-256-GCM under its subject's data key.
 *
 * Additional data is `stream|version|kind` of the event that carries it, so a secret copied into another event does not
 * open there. The plaintext starts with one octet that says what follows (SecretForm).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KeysError } from './keys-error.ts';
import type { SealedSecret, SecretPlace } from './port.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a sealed secret holds. The numbers are a storage format. */
const SECRET_FORM = { pkcs8: 1, openpgp: 2, password: 3 } as const;
export type SecretForm = keyof typeof SECRET_FORM;

function additionalData(place: SecretPlace): Buffer {
  return Buffer.from(`${place.stream}|${place.version}|${place.kind}`);
}

export function sealSecret(
  dataKey: Uint8Array,
  subject: string,
  place: SecretPlace,
  form: SecretForm,
  secret: Uint8Array,
): SealedSecret {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce).setAAD(additionalData(place));
  const ciphertext = Buffer.concat([
    cipher.update(Buffer.from([SECRET_FORM[form]])),
    cipher.update(secret),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return { v: 1, subject, nonce, ciphertext };
}

/** `malformed` when it is not this data key's, was changed, or was moved from another event. Zero `secret` after use. */
export function openSecret(
  dataKey: Uint8Array,
  sealed: SealedSecret,
  place: SecretPlace,
): { form: SecretForm; secret: Buffer } {
  const tagAt = sealed.ciphertext.length - TAG_BYTES;
  let plain: Buffer;
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, sealed.nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(additionalData(place)).setAuthTag(sealed.ciphertext.subarray(tagAt));
    plain = Buffer.concat([decipher.update(sealed.ciphertext.subarray(0, tagAt)), decipher.final()]);
  } catch {
    throw new KeysError('malformed', `the secret of ${place.stream} does not open in its place`);
  }
  const form = (Object.keys(SECRET_FORM) as SecretForm[]).find((name) => SECRET_FORM[name] === plain[0]);
  if (!form) throw new KeysError('malformed', `the secret of ${place.stream} is of an unknown form`);
  return { form, secret: plain.subarray(1) };
}
