/** A small authority of gateways inside a test. */
import { generateKeyPairSync, type KeyObject, X509Certificate as NodeCertificate, sign } from 'node:crypto';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import { issueNodeAuthority, issueNodeCertificate } from '#node/crypto/x509/issue-node-certificate.ts';
import type { Signer } from '#node/keys/port.ts';
import { nodeUri } from '#node/peer/peer-identity.ts';
import type { PeerTls } from '#node/peer/peer-server.ts';

export interface ScratchAuthority {
  readonly certificate: X509Certificate;
  readonly pem: string;
  tlsOf(node: string, hosts?: readonly string[]): Promise<PeerTls>;
}

const pem = (der: Uint8Array): string => new NodeCertificate(Buffer.from(der)).toString();
const spki = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });

export async function scratchAuthority(): Promise<ScratchAuthority> {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer: Signer = async (_scheme, tbs) => sign('sha256', tbs, own.privateKey);
  const atMs = Date.now();
  const certificate = await issueNodeAuthority(
    { commonName: 'test', publicKey: spki(own.publicKey), validityDays: 10, atMs },
    signer,
  );
  return {
    certificate,
    pem: pem(certificate.der),
    async tlsOf(node, hosts = []) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const issued = await issueNodeCertificate(
        {
          issuer: certificate,
          commonName: null,
          hosts,
          uris: [nodeUri(node)],
          usages: ['server', 'client'],
          publicKey: spki(pair.publicKey),
          validityDays: 5,
          atMs,
        },
        signer,
      );
      const key = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
      return { cert: pem(issued.der), key, ca: pem(certificate.der) };
    },
  };
}
