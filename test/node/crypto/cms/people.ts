/**
 * People with keys and certificates made by the openssl program, and the private-key operations that CMS asks for.
 */
import { execFileSync } from 'node:child_process';
import {
  constants,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  sign,
} from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { DecryptionKey, UnwrapPort } from '#node/crypto/cms/recipient-match.ts';
import { unwrapRsa } from '#node/crypto/rsa-unwrap.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import type { Signer } from '#node/keys/port.ts';

export interface Person {
  readonly name: string;
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  /** Files for the programs. */
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly sign: Signer;
  readonly decryption: DecryptionKey;
}

const KEY_ARGUMENTS = {
  'rsa-1024': ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  'rsa-2048': ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-3072': ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072'],
  'p-256': ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'p-384': ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'p-521': ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  'brainpool-256': ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1'],
  ed25519: ['genpkey', '-algorithm', 'ED25519'],
  x25519: ['genpkey', '-algorithm', 'X25519'],
  dsa: ['genpkey', '-paramfile', 'dsa.params'],
} as const;

export type PersonKind = keyof typeof KEY_ARGUMENTS;

/** A folder of its own for a test file, removed afterwards. */
export class People {
  readonly folder = mkdtempSync(join(tmpdir(), 'sealgate-cms-'));
  readonly #known = new Map<PersonKind, Person>();

  constructor() {
    after(() => rmSync(this.folder, { recursive: true, force: true }));
    this.openssl('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out ca.key'); // gpgsm 2.2 knows RSA only.
    const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
    this.run(
      [
        'req',
        '-x509',
        '-new',
        '-key',
        'ca.key',
        '-subj',
        '/CN=Test CA',
        '-days',
        '30',
        '-out',
        'ca.pem',
      ].concat(extensions.flatMap((text) => ['-addext', text])),
    );
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  openssl(command: string): Buffer {
    return this.run(command.split(' '));
  }

  run(args: readonly string[]): Buffer {
    return execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  person(kind: PersonKind): Person {
    const known = this.#known.get(kind) ?? this.#make(kind);
    this.#known.set(kind, known);
    return known;
  }

  #make(kind: PersonKind): Person {
    if (kind === 'dsa') {
      this.openssl('genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out dsa.params');
    }
    this.run([...KEY_ARGUMENTS[kind], '-out', `${kind}.key`]);
    this.openssl(`pkey -in ${kind}.key -pubout -out ${kind}.pub`);
    writeFileSync(
      this.path('extensions'),
      [
        'subjectKeyIdentifier=hash',
        'authorityKeyIdentifier=keyid',
        'extendedKeyUsage=emailProtection',
        `subjectAltName=email:${kind}@example.org`,
      ].join('\n'),
    );
    // Keys that cannot sign a request have their public half forced into another one.
    this.run(['req', '-new', '-key', 'ca.key', '-subj', `/CN=${kind}`, '-out', 'request']);
    this.openssl(
      `x509 -req -in request -force_pubkey ${kind}.pub -CA ca.pem -CAkey ca.key -days 20 -extfile extensions -out ${kind}.pem`,
    );
    const key = createPrivateKey(readFileSync(this.path(`${kind}.key`)));
    const der = this.openssl(`x509 -in ${kind}.pem -outform DER`);
    const certificate = readCertificate(der);
    return {
      name: kind,
      certificate,
      key,
      certificatePem: this.path(`${kind}.pem`),
      keyPem: this.path(`${kind}.key`),
      sign: signerOf(key),
      decryption: { keyId: kind, certificate },
    };
  }

  get caDer(): Buffer {
    return this.openssl('x509 -in ca.pem -outform DER');
  }

  /** What the `keys` process does, without the process. */
  readonly port: UnwrapPort = {
    unwrapRsa: async ({ keyId, transport, ciphertext, lengthBytes }) =>
      unwrapRsa(this.person(keyId as PersonKind).key, transport, ciphertext, lengthBytes),
    deriveSharedSecret: async ({ keyId, peerPublicKey }) => {
      const privateKey = this.person(keyId as PersonKind).key;
      try {
        const publicKey = createPublicKey({ key: Buffer.from(peerPublicKey), format: 'der', type: 'spki' });
        return diffieHellman({ privateKey, publicKey });
      } catch {
        throw Object.assign(new Error('the peer key does not fit this key'), { code: 'malformed' });
      }
    },
  };
}

export function signerOf(key: KeyObject): Signer {
  return async (scheme, tbs) => {
    switch (scheme.scheme) {
      case 'rsa-pkcs1':
        return sign(scheme.hash, tbs, { key, padding: constants.RSA_PKCS1_PADDING });
      case 'rsa-pss':
        return sign(scheme.hash, tbs, {
          key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: scheme.saltBytes,
        });
      case 'ecdsa':
        return sign(scheme.hash, tbs, { key, dsaEncoding: 'der' });
      case 'ed25519':
        return sign(null, tbs, key);
    }
  };
}
