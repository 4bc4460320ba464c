/**
 * Drops from a key every signature that it did not make itself, without the library: a flooded key becomes small again
 * before anything looks at it in earnest (threat 28). Whether the remaining ones are right is checked later.
 */
import { createHash } from 'node:crypto';
import { OpenPgpError } from './openpgp-error.ts';
import { packetsOf, TAG } from './packets.ts';

const ISSUER_KEY_ID = 16;
const ISSUER_FINGERPRINT = 33;

export function withoutForeignSignatures(publicKey: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  let own = '';
  for (const { tag, start, body, end } of packetsOf(publicKey)) {
    const content = publicKey.subarray(body, end);
    if (tag === TAG.publicKey) own = keyIdOf(content);
    // An image id is not shown anywhere, and its packet may be of any size.
    if (tag === TAG.userAttribute) continue;
    if (tag === TAG.signature && !issuersOf(content).includes(own)) continue;
    kept.push(publicKey.subarray(start, end));
  }
  return Buffer.concat(kept);
}

/** RFC 9580 §5.5.4: key ids out of the public key packet. */
function keyIdOf(body: Uint8Array): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  if (body[0] === 6) {
    const hash = createHash('sha256')
      .update(Buffer.from([0x9b]))
      .update(length)
      .update(body)
      .digest();
    return hash.toString('hex', 0, 8);
  }
  const hash = createHash('sha1')
    .update(Buffer.from([0x99]))
    .update(length.subarray(2))
    .update(body)
    .digest();
  return hash.toString('hex', 12, 20);
}

/** Key ids that a signature packet names as its issuer, in either subpacket area (§5.2.3.12, §5.2.3.35). */
function issuersOf(body: Uint8Array): string[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (bytes[0] === 3) return [bytes.toString('hex', 7, 15)];
  const lengthBytes = bytes[0] === 6 ? 4 : 2;
  const issuers: string[] = [];
  let at = 4;
  for (let area = 0; area < 2; area++) {
    if (at + lengthBytes > bytes.length) break;
    const end = at + lengthBytes + bytes.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    while (at < end) {
      const { type, content, next } = subpacketAt(bytes, at);
      if (type === ISSUER_KEY_ID) issuers.push(content.toString('hex', 0, 8));
      if (type === ISSUER_FINGERPRINT) {
        const fingerprint = content.subarray(1);
        issuers.push(
          (content[0] ?? 0) >= 5
            ? fingerprint.toString('hex', 0, 8)
            : fingerprint.subarray(-8).toString('hex'),
        );
      }
      at = next;
    }
  }
  return issuers;
}

/** RFC 9580 §5.2.3.7. */
function subpacketAt(bytes: Buffer, at: number): { type: number; content: Buffer; next: number } {
  const first = bytes[at] ?? 0;
  const octets = first < 192 ? 1 : first < 255 ? 2 : 5;
  if (at + octets > bytes.length) throw new OpenPgpError('malformed', 'signature subpacket cut off');
  const length =
    octets === 1
      ? first
      : octets === 2
        ? ((first - 192) << 8) + (bytes[at + 1] as number) + 192
        : bytes.readUInt32BE(at + 1);
  const start = at + octets;
  if (length === 0 || start + length > bytes.length) {
    throw new OpenPgpError('malformed', 'signature subpacket of a wrong length');
  }
  return {
    type: (bytes[start] as number) & 0x7f,
    content: bytes.subarray(start + 1, start + length),
    next: start + length,
  };
}
