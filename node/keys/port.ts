/**
 * What other processes may ask of the `keys` process: operations with private keys, never a private key.
 *
 * A key is named by `keyId`: the caller chooses it at random and names it in the place of its first event, the stream
 * `key/<keyId>`. Every method rejects with an Error whose `code` is one of
 * `no-such-key`, `wrong-key-type`, `wrong-password`, `malformed`, `unavailable`.
 * A failed decryption is not an error: it yields random bytes of the expected length (implicit rejection, threat 32).
 */

/** Algorithms of keys that Sealgate generates; imported keys may be of other sizes. */
export type KeyAlgorithm =
  | { readonly type: 'rsa'; readonly bits: 2048 | 3072 | 4096 }
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly type: 'ed25519' }
  | { readonly type: 'x25519' };

export type HashName = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

export type SignatureScheme =
  | { readonly scheme: 'rsa-pkcs1'; readonly hash: HashName }
  | { readonly scheme: 'rsa-pss'; readonly hash: HashName; readonly saltBytes: number }
  | { readonly scheme: 'ecdsa'; readonly hash: HashName } // DER-encoded (r, s)
  | { readonly scheme: 'ed25519' };

/** Signs with one key; a software key, or one in an HSM, the caller cannot tell. `tbs` is the message, not its digest. */
export type Signer = (scheme: SignatureScheme, tbs: Uint8Array) => Promise<Uint8Array>;

export type KeyTransport =
  | { readonly scheme: 'rsa-pkcs1' }
  | {
      readonly scheme: 'rsa-oaep';
      readonly hash: HashName;
      readonly mgfHash: HashName;
      readonly label?: Uint8Array;
    };

/** A secret as it stands in an event: AES-256-GCM under its subject's data key (architecture.md, Secrets in the log). */
export interface SealedSecret {
  readonly v: 1;
  /**
   * Whose data key: `person/<address>`, `authority/<id>`, `partner/<address>`, `connection/<id>`; `import/<keyId>` where
   * only the imported file says whose key it is.
   */
  readonly subject: string;
  /** Additional data is `stream|version|kind` of the event that will carry it. */
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** Names the event that will carry a sealed secret; bound as additional data, so it cannot be moved to another event. */
export interface SecretPlace {
  readonly stream: string;
  readonly version: number;
  readonly kind: string;
}

export interface GeneratedKey {
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly secret: SealedSecret;
}

/** An OpenPGP key as generated or imported: the public part armoured-free, and one sealed secret for all its packets. */
export interface GeneratedOpenPgpKey {
  readonly keyId: string;
  /** Binary transferable public key. */
  readonly publicKey: Uint8Array;
  /** Hex, lower case, primary key. */
  readonly fingerprint: string;
  readonly secret: SealedSecret;
}

export interface OpenPgpSessionKey {
  /** openpgp.js's name of the cipher; null when the encrypted data packet itself names it (SEIPDv2). */
  readonly algorithm: string | null;
  readonly key: Uint8Array;
}

/** The cluster's own authorities: of gateways among each other, of the engine's members, of the engine's clients. */
export type NodeAuthorityName = 'gateway' | 'peer' | 'client';
/** What a token is for: answering a PDF, choosing a password after an invitation, a session of the portal. */
export type TokenPurpose = 'pdf-reply' | 'pdf-invitation' | 'pdf-session';

export interface KeysPort {
  /** Makes a key pair; it is usable at once, and for good when the event that carries `secret` is in the log. */
  generate(request: { algorithm: KeyAlgorithm; subject: string; place: SecretPlace }): Promise<GeneratedKey>;
  generateOpenPgp(request: {
    userId: { name: string; address: string };
    algorithm: 'curve25519' | 'rsa3072' | 'rsa4096';
    subject: string;
    place: SecretPlace;
    expiresInSeconds: number;
  }): Promise<GeneratedOpenPgpKey>;
  /** Seals an imported private key (PKCS#8 DER). Checks that it is a key at all. */
  importPrivateKey(request: {
    pkcs8: Uint8Array;
    subject: string;
    place: SecretPlace;
  }): Promise<GeneratedKey>;
  importOpenPgp(request: {
    /** Transferable secret key, binary or armoured. */
    secretKey: Uint8Array;
    passphrase: string;
    subject: string;
    place: SecretPlace;
  }): Promise<GeneratedOpenPgpKey>;
  /**
   * `code: wrong-password` when `p12` cannot be opened; certificates are DER, the key's own first where the file has it.
   * A file may hold several keys (`keyCount`): one for each call, `keyIndex` from 0.
   */
  importPkcs12(request: {
    p12: Uint8Array;
    password: string;
    keyIndex?: number;
    subject: string;
    place: SecretPlace;
  }): Promise<GeneratedKey & { certificates: Uint8Array[]; keyCount: number }>;
  /** PKCS#12 under a password (AES-256, PBKDF2); for the operator's export. */
  exportPkcs12(request: {
    keyId: string;
    certificates: readonly Uint8Array[];
    password: string;
  }): Promise<Uint8Array>;
  sign(request: { keyId: string; scheme: SignatureScheme; tbs: Uint8Array }): Promise<Uint8Array>;
  /** RSA key transport; always `lengthBytes` octets, random when the padding was wrong. */
  unwrapRsa(request: {
    keyId: string;
    transport: KeyTransport;
    ciphertext: Uint8Array;
    lengthBytes: number;
  }): Promise<Uint8Array>;
  /** ECDH / X25519 raw shared secret with the peer's SubjectPublicKeyInfo. */
  deriveSharedSecret(request: { keyId: string; peerPublicKey: Uint8Array }): Promise<Uint8Array>;
  /**
   * Decrypts the session key of an OpenPGP message whose PKESK packets are given; null when none is addressed to this
   * key. A PKESK that is addressed to it by name and does not decrypt yields a random session key (threat 32).
   */
  openPgpSessionKey(request: {
    keyId: string;
    /** The PKESK packets in front of the message, as they stand. */
    pkesk: Uint8Array;
  }): Promise<OpenPgpSessionKey | null>;
  /**
   * The signature value of an OpenPGP signature packet (RFC 9580 §5.2.3), in its wire form: MPIs, or native octets for
   * Ed25519 and Ed448. The packet around it is built by the caller, who knows the public key.
   */
  openPgpSign(request: {
    keyId: string;
    /** Of the key or subkey that signs; hex, lower case. */
    fingerprint: string;
    hash: HashName;
    /** What is hashed: salt, data, signature fields and trailer (§5.2.4); or, when `prehashed`, its digest. */
    input: Uint8Array;
    /** Spares large data the way through the socket. Not for ECDSA: `wrong-key-type`. */
    prehashed: boolean;
  }): Promise<Uint8Array>;
  /** The public half that `receive` seals spooled mails to, and opening one mail's key (sealed-file.ts). */
  openSealedKey(request: { box: Uint8Array }): Promise<Uint8Array>;
  /** MAC for our status header (threat 10), HMAC-SHA-256 under a key of the cluster. */
  mac(request: { purpose: 'status-header'; data: Uint8Array }): Promise<Uint8Array>;
  /** This gateway's raw X25519 public key: what another one seals the cluster key to. */
  nodeKey(request: Record<never, never>): Promise<Uint8Array>;
  /** Gives a gateway the cluster key: sealed to its node key, in the vault. Done again it is the same. */
  giveClusterKey(request: { node: string; nodeKey: Uint8Array }): Promise<void>;
  /** SubjectPublicKeyInfo of an authority of the cluster; its key is made when it is first asked for. */
  nodeAuthorityKey(request: { authority: NodeAuthorityName; series: number }): Promise<Uint8Array>;
  signAsNodeAuthority(request: {
    authority: NodeAuthorityName;
    series: number;
    scheme: SignatureScheme;
    tbs: Uint8Array;
  }): Promise<Uint8Array>;
  /**
   * Replaces the cluster key, so that a removed gateway knows none that is in use; `holders` are all others. Asked again
   * with the same name it goes on where it broke off. Resolves when every value is wrapped with the new key, and series
   * `series` of the keys that every gateway knew (spool, status header) is begun.
   */
  replaceClusterKey(request: {
    replacement: string;
    series: number;
    holders: readonly { node: string; nodeKey: Uint8Array }[];
  }): Promise<{ wrapped: number }>;
  /** Another gateway has begun this series: mails are sealed to it from now on. */
  refreshSecrets(request: { series: number }): Promise<void>;
  /** How far a replacement is that runs here; null when none does. */
  replacementProgress(request: Record<never, never>): Promise<{ done: number; of: number } | null>;
  /** Makes a password for a PDF pair; only its sealed form leaves. `place` names the event that will carry it. */
  makePdfPassword(request: {
    form: 'groups' | 'words';
    bits: number;
    subject: string;
    place: SecretPlace;
  }): Promise<SealedSecret>;
  /** Seals a password that a person chose; the caller has checked it against the policy. */
  sealPdfPassword(request: { password: string; subject: string; place: SecretPlace }): Promise<SealedSecret>;
  /** Whether that is the password of the event `version`; counting wrong ones is the caller's. */
  checkPdfPassword(request: { stream: string; version: number; password: string }): Promise<boolean>;
  /** For an operator: only behind the event `showing` (PdfPasswordShown) with a reason, recorded just now. */
  showPdfPassword(request: { stream: string; showing: number }): Promise<string>;
  /** Encrypts and authenticates what a link carries; opened by every gateway of the cluster. */
  sealToken(request: { purpose: TokenPurpose; data: Uint8Array }): Promise<string>;
  /** `malformed` for whatever was not sealed here for that purpose. */
  openToken(request: { purpose: TokenPurpose; token: string }): Promise<Uint8Array>;
  /** Signs an order to the external messenger (Ed25519); the public key, raw, is what the messenger knows. */
  signOrder(request: { data: Uint8Array }): Promise<{ signature: Uint8Array; publicKey: Uint8Array }>;
}
