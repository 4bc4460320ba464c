/**
 * KeysPort inside the `keys` process: each method on the opened keys. Requests are already checked (serve.ts).
 */
import type { KeyObject } from 'node:crypto';
import { unwrapRsa } from '#node/crypto/rsa-unwrap.ts';
import type { VaultPort } from '#node/ledger/port.ts';
import { rawPublicKey } from '#node/spool/sealed-box.ts';
import { type ClusterKey, clusterKeyName, sealClusterKeys } from './cluster-key.ts';
import type { ClusterSecrets } from './cluster-secrets.ts';
import { KeysError } from './keys-error.ts';
import { checkedPrivateKey, makeKey } from './make-key.ts';
import type { NodeAuthorities } from './node-authorities.ts';
import { keyIdOf, type OpenedKey, type OpenedKeys } from './opened-keys.ts';
import { keyObjectOf } from './openpgp-key-object.ts';
import { importOpenPgpKey, makeOpenPgpKey } from './openpgp-make.ts';
import { openPackets } from './openpgp-packet.ts';
import { sessionKeyOf } from './openpgp-session.ts';
import { signatureValue } from './openpgp-signing.ts';
import type { PdfPasswords } from './pdf-passwords.ts';
import { keyFromPkcs12, keyToPkcs12 } from './pkcs12-files.ts';
import type { GeneratedKey, GeneratedOpenPgpKey, KeysPort, SecretPlace } from './port.ts';
import { keyOfType, sharedSecretWith, signWith } from './private-operations.ts';
import { replaceClusterKey } from './replace-cluster-key.ts';
import type { SealedTokens } from './sealed-tokens.ts';

interface Destination {
  readonly subject: string;
  readonly place: SecretPlace;
}

/** What the gateway is in its cluster. */
export interface Membership {
  readonly clusterKey: ClusterKey;
  readonly authorities: NodeAuthorities;
  readonly vault: Pick<VaultPort, 'get' | 'put' | 'replace' | 'names'>;
  readonly nodeKey: KeyObject;
}

export interface KeysParts {
  readonly keys: OpenedKeys;
  readonly cluster: ClusterSecrets;
  /** Tells the processes that seal mails which key is the newest. */
  publishSpoolKey(): void;
  readonly membership: Membership;
  readonly passwords: PdfPasswords;
  readonly tokens: SealedTokens;
}

export function privateKeys(parts: KeysParts): KeysPort {
  const { keys, cluster, membership, passwords, tokens } = parts;
  const { clusterKey, authorities, vault } = membership;
  let progress: { done: number; of: number } | null = null;

  async function sealKey(
    made: { pkcs8: Buffer; publicKey: Uint8Array },
    { subject, place }: Destination,
  ): Promise<GeneratedKey> {
    const secret = await keys.seal('pkcs8', made.pkcs8, subject, place);
    return { keyId: keyIdOf(place), publicKey: made.publicKey, secret };
  }

  async function sealOpenPgp(
    made: { secretKey: Uint8Array; publicKey: Uint8Array; fingerprint: string },
    { subject, place }: Destination,
  ): Promise<GeneratedOpenPgpKey> {
    const secret = await keys.seal('openpgp', made.secretKey, subject, place);
    return { keyId: keyIdOf(place), publicKey: made.publicKey, fingerprint: made.fingerprint, secret };
  }

  return {
    generate: async (request) => sealKey(await makeKey(request.algorithm), request),
    generateOpenPgp: async (request) => sealOpenPgp(await makeOpenPgpKey(request), request),
    importPrivateKey: async (request) => sealKey(checkedPrivateKey(request.pkcs8), request),
    importOpenPgp: async (request) =>
      sealOpenPgp(await importOpenPgpKey(request.secretKey, request.passphrase), request),
    importPkcs12: async ({ p12, password, keyIndex = 0, ...destination }) => {
      const { certificates, keyCount, ...made } = keyFromPkcs12(p12, password, keyIndex);
      return { ...(await sealKey(made, destination)), certificates, keyCount };
    },
    exportPkcs12: async ({ keyId, certificates, password }) =>
      keyToPkcs12(keyOfType(await keys.get(keyId), 'rsa', 'ec', 'ed25519', 'x25519'), certificates, password),
    sign: async ({ keyId, scheme, tbs }) => signWith(await keys.get(keyId), scheme, tbs),
    unwrapRsa: async ({ keyId, transport, ciphertext, lengthBytes }) =>
      unwrapRsa(keyOfType(await keys.get(keyId), 'rsa'), transport, ciphertext, lengthBytes),
    deriveSharedSecret: async ({ keyId, peerPublicKey }) =>
      sharedSecretWith(await keys.get(keyId), peerPublicKey),
    openPgpSessionKey: async ({ keyId, pkesk }) => sessionKeyOf(openPgpOf(await keys.get(keyId)), pkesk),
    openPgpSign: async (request) => {
      const key = openPgpOf(await keys.get(request.keyId));
      const packet = openPackets(key).find((p) => p.getFingerprint() === request.fingerprint);
      const signer = packet && keyObjectOf(packet);
      if (!signer) throw new KeysError('no-such-key', 'no signing key of this fingerprint in the key');
      return signatureValue(packet.algorithm, signer, request);
    },
    openSealedKey: ({ box }) => cluster.openBox(box),
    mac: async ({ data }) => cluster.statusMac(data),
    nodeKey: async () => rawPublicKey(membership.nodeKey),
    async giveClusterKey({ node, nodeKey }) {
      await clusterKey.refresh();
      await vault.put(clusterKeyName(node), sealClusterKeys(nodeKey, clusterKey.keys));
    },
    nodeAuthorityKey: ({ authority, series }) => authorities.publicKey(authority, series),
    signAsNodeAuthority: ({ authority, series, scheme, tbs }) =>
      authorities.sign(authority, series, scheme, tbs),
    async replaceClusterKey({ replacement, series, holders }) {
      const onProgress = (done: number, of: number): void => {
        progress = { done, of };
      };
      try {
        const wrapped = await replaceClusterKey(
          { vault, clusterKey, onProgress, beginSecrets: () => cluster.begin(series) },
          replacement,
          holders,
        );
        return { wrapped };
      } finally {
        progress = null;
      }
    },
    async refreshSecrets({ series }) {
      await cluster.refresh(series);
      parts.publishSpoolKey();
    },
    replacementProgress: async () => progress,
    makePdfPassword: ({ form, bits, subject, place }) => passwords.make(form, bits, subject, place),
    sealPdfPassword: ({ password, subject, place }) => passwords.seal(password, subject, place),
    checkPdfPassword: ({ stream, version, password }) => passwords.check(stream, version, password),
    showPdfPassword: ({ stream, showing }) => passwords.show(stream, showing),
    sealToken: ({ purpose, data }) => tokens.seal(purpose, data),
    openToken: ({ purpose, token }) => tokens.open(purpose, token),
    signOrder: ({ data }) => tokens.signOrder(data),
  };
}

function openPgpOf(opened: OpenedKey): Extract<OpenedKey, { form: 'openpgp' }>['key'] {
  if (opened.form !== 'openpgp') throw new KeysError('wrong-key-type', 'not an OpenPGP key');
  return opened.key;
}
