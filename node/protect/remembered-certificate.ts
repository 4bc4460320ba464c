/**
 * Certificates that mails use again and again, read once per thread: reading one and importing its key costs as much as
 * a signature of RSA-2048.
 */
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';

const REMEMBERED_MAX = 500; // The busy partners and senders of a large house.
const REMEMBERED_BYTES_MAX = 8192; // Usual ones have one or two KB; strangers cannot fill the memory with large ones.

/** By their octets, so that whoever asks cannot get the one of another; the one used longest ago first. */
const remembered = new Map<string, X509Certificate>();

/** As `readCertificate`. */
export function rememberedCertificate(der: Uint8Array): X509Certificate {
  if (der.length > REMEMBERED_BYTES_MAX) return readCertificate(der);
  const key = Buffer.from(der.buffer, der.byteOffset, der.length).toString('latin1');
  const certificate = remembered.get(key) ?? readCertificate(Uint8Array.from(der));
  remembered.delete(key);
  remembered.set(key, certificate);
  for (const oldest of remembered.keys()) {
    if (remembered.size <= REMEMBERED_MAX) break;
    remembered.delete(oldest);
  }
  return certificate;
}
