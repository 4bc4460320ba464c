/** Certificates and keys for the management: lists, import, export, trust, revocation. */
import type { Actor, Page, PageRequest } from './admin-request.ts';

export interface CertificateRow {
  /** `smime/<sha256 hex>` or `openpgp/<fingerprint hex>`. */
  readonly id: string;
  readonly technology: 'smime' | 'openpgp';
  /** own: we hold the private key; partner: someone else's; authority: issues others (a CA, ours or not). */
  readonly kind: 'own' | 'partner' | 'authority';
  readonly name: string;
  readonly addresses: readonly string[];
  readonly issuer: string;
  readonly fingerprint: string;
  /** `RSA 3072`, `P-256`, `Curve25519`. */
  readonly algorithm: string;
  readonly usage: readonly ('sign' | 'encrypt' | 'certify')[];
  readonly notBeforeMs: number;
  /** null: never expires (OpenPGP). */
  readonly notAfterMs: number | null;
  /** What the operator decided, or what follows from where it came from. */
  readonly trust: 'trusted' | 'undecided' | 'distrusted';
  readonly revoked: boolean;
  /** Whether the mail line would use it now, and if not why not (one word of RefusalCode-like texts). */
  readonly usable: boolean;
  readonly origin: 'own-ca' | 'own-key' | 'operator' | 'mail' | 'other';
}

/** What is known of a partner's mail program, and what is sent because of it. */
export interface PartnerAbilities {
  readonly address: string;
  /** SMIMECapabilities of its last mail with a valid signature, in words; empty: none known. */
  readonly announced: readonly string[];
  readonly announcedAtMs: number | null;
  /** `automatic`: as announced. */
  readonly profile: 'automatic' | 'strong' | 'compatible';
  /** Used for a mail to this partner alone: `AES-256-GCM`; `rsa-pkcs1`, `rsa-oaep-sha256`, `ecdh`. */
  readonly content: string;
  readonly keyTransport: string;
  /** Padding of our RSA signatures. */
  readonly signature: 'pss' | 'pkcs1';
}

export interface CertificateDetail extends CertificateRow {
  readonly serial: string;
  readonly subject: string;
  /** From this one up to its anchor, as far as known. */
  readonly chain: readonly { id: string | null; name: string }[];
  /** Why it is not usable, in the words of the path validation; empty when it is. */
  readonly problems: readonly string[];
  readonly revokedAtMs: number | null;
  readonly revocationReason: string;
  readonly importedAtMs: number | null;
  readonly importedBy: string;
  /** A partner's S/MIME certificate: for each address of it. */
  readonly abilities: readonly PartnerAbilities[];
  /** Formats `export` can give for it. */
  readonly exports: readonly ExportFormat[];
  /** The events about it, newest first. */
  readonly history: readonly {
    position: string;
    kind: string;
    atMs: number;
    actor: string;
    reason: string;
  }[];
}

export type ExportFormat = 'pem' | 'der' | 'p7b' | 'p12' | 'openpgp-armored' | 'openpgp-binary';

export interface ImportReport {
  readonly entries: readonly {
    /** What it is: `certificate`, `private key`, `OpenPGP key`, … and whose. */
    readonly what: 'certificate' | 'authority' | 'private-key' | 'openpgp-key' | 'unreadable';
    readonly name: string;
    readonly outcome: 'imported' | 'already-known' | 'refused';
    /** Why refused, or a warning on an imported one (expired, no address); empty otherwise. */
    readonly note: string;
    readonly id: string | null;
  }[];
}

export type RevocationReason =
  | 'unspecified'
  | 'keyCompromise'
  | 'affiliationChanged'
  | 'superseded'
  | 'cessationOfOperation';

export interface ExportedFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface CertificatesPort {
  list(
    request: PageRequest & {
      kind: CertificateRow['kind'] | null;
      technology: CertificateRow['technology'] | null;
    },
  ): Promise<Page<CertificateRow>>;
  get(id: string): Promise<CertificateDetail | null>;
  /**
   * Imports whatever is in the file (PEM, DER, P7B, PKCS#12, OpenPGP armoured or binary); found out by content.
   * An entry that is refused does not stop the others. Rejects with `wrong-password` when a password is needed or
   * wrong, `malformed` when nothing at all could be read. `fileName` is for messages only.
   */
  import(
    request: { fileName: string; bytes: Uint8Array; password: string },
    by: Actor,
  ): Promise<ImportReport>;
  /** `p12` needs the password for the file; recorded in the log, since a private key leaves. */
  export(request: { id: string; format: ExportFormat; password: string }, by: Actor): Promise<ExportedFile>;
  setTrust(request: { id: string; trust: 'trusted' | 'distrusted' }, by: Actor): Promise<void>;
  revoke(request: { id: string; reason: RevocationReason }, by: Actor): Promise<void>;
  /** Algorithms for a partner: as announced, or a ready-made list whatever was announced. */
  chooseProfile(request: { address: string; profile: PartnerAbilities['profile'] }, by: Actor): Promise<void>;
  /** Makes a person's keys now instead of at first need. Gives the new ids. */
  createKeys(request: { address: string; technology: 'smime' | 'openpgp' }, by: Actor): Promise<string[]>;
}

// ── People and mail domains ─────────────────────────────────────────────────────────────────────────────────────────
