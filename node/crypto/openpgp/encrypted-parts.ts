/**
 * What can be told of an encrypted OpenPGP message without a key: whom it is for, and how its data is protected.
 */
import { OpenPgpError } from './openpgp-error.ts';
import { type PacketPlace, packetsOf, TAG } from './packets.ts';

const RECIPIENTS_MAX = 1_000; // As many as an envelope may have; each session key packet has at least 40 octets.

interface EncryptedRecipient {
  /** Hex, lower case; null for an anonymous one. */
  readonly keyId: string | null;
}

export interface EncryptedParts {
  /** All session key packets for public keys, as they stand. */
  readonly pkesk: Uint8Array;
  readonly recipients: readonly EncryptedRecipient[];
  /** `none`: a packet whose changes nobody would notice (RFC 9580 §5.7). */
  readonly integrity: 'mdc' | 'aead' | 'none';
  /** SEIPDv2 only: numbers of cipher and AEAD mode. */
  readonly cipher: number | null;
  readonly aead: number | null;
  /** The packet with the encrypted data, the last one of the message. */
  readonly data: PacketPlace;
}

/** Null when the message is not encrypted. Throws `malformed` when it is not an OpenPGP message at all. */
export function encryptedParts(binary: Uint8Array): EncryptedParts | null {
  const sessionKeys: PacketPlace[] = [];
  let onlySessionKeys = true;
  for (const place of packetsOf(binary)) {
    switch (place.tag) {
      case TAG.pkesk:
        if (sessionKeys.length >= RECIPIENTS_MAX) throw new OpenPgpError('too-large', 'too many recipients');
        sessionKeys.push(place);
        break;
      case TAG.seipd:
      case TAG.aeadEncrypted:
      case TAG.symmetricallyEncrypted:
        if (!onlySessionKeys || place.end !== binary.length) {
          throw new OpenPgpError('malformed', 'other packets beside the encrypted ones'); // RFC 9580 §10.3
        }
        return {
          data: place,
          pkesk: Buffer.concat(sessionKeys.map(({ start, end }) => binary.subarray(start, end))),
          recipients: sessionKeys.map((pkesk) => ({ keyId: recipientOf(binary, pkesk) })),
          ...protectionOf(binary, place),
        };
      case TAG.skesk:
      case TAG.marker:
      case TAG.padding:
        break;
      default:
        onlySessionKeys = false;
    }
  }
  return null;
}

function protectionOf(
  binary: Uint8Array,
  { tag, body }: PacketPlace,
): Pick<EncryptedParts, 'integrity' | 'cipher' | 'aead'> {
  if (tag === TAG.symmetricallyEncrypted) return { integrity: 'none', cipher: null, aead: null };
  if (tag === TAG.seipd && binary[body] === 1) return { integrity: 'mdc', cipher: null, aead: null };
  // Version, cipher, mode: the same fields in SEIPDv2 and in GnuPG's older AEAD packet.
  return { integrity: 'aead', cipher: binary[body + 1] ?? 0, aead: binary[body + 2] ?? 0 };
}

/** RFC 9580 §5.1.1 (version 3: key id) and §5.1.2 (version 6: key version and fingerprint, or nothing). */
function recipientOf(binary: Uint8Array, { body, end }: PacketPlace): string | null {
  const fields = Buffer.from(binary.subarray(body, end));
  if (fields[0] !== 6) {
    const keyId = fields.toString('hex', 1, 9);
    return keyId === '0000000000000000' ? null : keyId;
  }
  const length = fields[1] ?? 0;
  if (length === 0) return null;
  const fingerprint = fields.subarray(3, 2 + length);
  return (fields[2] ?? 0) >= 5
    ? fingerprint.toString('hex', 0, 8)
    : fingerprint.toString('hex', length - 9, length - 1);
}
