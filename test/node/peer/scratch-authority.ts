/** A small authority of gateways inside a test. */
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate as NodeCertificate,
  sign,
} from 'node:crypto';
import type { X509Certificate } from '#node/crypto/x509/certificate.ts';
import { issueNodeAuthority, issueNodeCertificate } from '#node/crypto/x509/issue-node-certificate.ts';
import type { Signer } from '#node/keys/port.ts';
import { nodeUri } from '#node/peer/peer-identity.ts';
import type { PeerTls } from '#node/peer/peer-server.ts';

export interface ScratchAuthority {
  readonly certificate: X509Certificate;
  readonly pem: string;
  /** `key`: PEM; another one is made without it. */
  tlsOf(node: string, hosts?: readonly string[], key?: string): Promise<PeerTls>;
}

const pem = (der: Uint8Array): string => new NodeCertificate(Buffer.from(der)).toString();
const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
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
    async tlsOf(node, hosts = [], known = undefined) {
      const own = known ?? newKey();
      const issued = await issueNodeCertificate(
        {
          issuer: certificate,
          commonName: null,
          hosts,
          uris: [nodeUri(node)],
          usages: ['server', 'client'],
          publicKey: spki(createPublicKey(own)),
          validityDays: 5,
          atMs,
        },
        signer,
      );
      return { cert: pem(issued.der), key: own, ca: pem(certificate.der) };
    },
  };
}
