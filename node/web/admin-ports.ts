/**
 * What the management (page, API, command line) needs of the rest of the gateway: read models and commands.
 *
 * `connect-ports.ts` fulfils these from the ledger, the projections, the keys process and the mailbox; the management
 * itself never touches the log's payloads, a key or a mail's content but through here.
 *
 * Shapes are what goes over the wire as JSON: no bigint (positions are decimal strings), no Uint8Array but in the
 * parameters and results named so, times in milliseconds since 1970.
 * Errors: a command that is refused rejects with `AdminRefusal`; a process that cannot be reached rejects with
 * `AdminRefusal('unavailable')`. Anything else is a bug and answered as such.
 * `Actor` goes into the events of a command: who, why, and the request's id, so that the same request records once.
 */
import type { GatewayRole } from '#domain/cluster/gateway-role.ts';
import type { Role } from '#domain/operators/role.ts';
import type { RuleBook } from '#domain/policy/rule-book.ts';
import type { ShadowCounts } from '#node/shadow/counts-file.ts';
import type { ClusterCondition } from './cluster-condition.ts';

export interface Actor {
  /** `operator/<id>` or `cli`. */
  readonly actor: string;
  /** As the operator gave it; empty when none was asked. */
  readonly reason: string;
  /** UUID of the request; drafts of events derive their ids from it. */
  readonly requestId: string;
  readonly atMs: number;
}

export type RefusalCode =
  | 'unknown' // no such thing
  | 'already-known'
  | 'conflict' // changed by someone else meanwhile
  | 'expired'
  | 'revoked'
  | 'wrong-password'
  | 'malformed' // unreadable file or text
  | 'not-exportable'
  | 'not-allowed' // the domain says no; the message says why
  | 'last-administrator'
  | 'unavailable' // a process that is needed does not answer
  | 'not-writable'; // the log takes no changes now

/** An expected refusal; `message` is for the operator and may name what was refused, never a secret. */
export class AdminRefusal extends Error {
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'AdminRefusal';
    this.code = code;
  }
}

export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

/** `page` counts from 0; `search` is matched without case in the fields that a row shows. */
export interface PageRequest {
  readonly search: string;
  readonly page: number;
  readonly pageRows: number;
}

// ── Status ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ProcessStatus {
  readonly name: 'ledger' | 'keys' | 'receive' | 'protect' | 'send' | 'web' | 'fetch' | 'mailbox' | 'peer';
  readonly state: 'ready' | 'starting' | 'down';
  /** Since when in this state, if known. */
  readonly sinceMs: number | null;
  /** One line for operators; empty when all is well. */
  readonly detail: string;
}

export interface GatewayStatus {
  readonly node: string;
  readonly hostname: string;
  readonly version: string;
  readonly tryOut: boolean;
  readonly processes: readonly ProcessStatus[];
  readonly log: {
    readonly mode: 'single' | 'voter' | 'client';
    /** Position and hash (hex) of the newest event. */
    readonly head: string;
    readonly headHash: string;
    readonly writable: boolean;
    readonly reason: string;
    readonly damagedAt: string | null;
  } | null;
  /** Mails accepted and not yet through the line; held ones wait for a key or a person. */
  readonly spool: {
    readonly waiting: number;
    readonly held: number;
    /** Of the held ones: files that cannot be read. */
    readonly damaged: number;
    readonly freeBytes: number;
  };
  /** All mails of the queue; the deferred among them have been tried before. */
  readonly queue: { readonly waiting: number; readonly deferred: number; readonly oldestMs: number | null };
  /** Second copies of accepted mails on other gateways; null outside a cluster. */
  readonly copies: ShadowCounts | null;
  readonly listeners: readonly { name: string; address: string; port: number; zone: 'inside' | 'outside' }[];
  /** null on a gateway on its own, and while the ledger does not answer. */
  readonly cluster: ClusterGlance | null;
}

/** The cluster as health needs it. */
export interface ClusterGlance {
  readonly condition: ClusterCondition;
  readonly generation: number;
  readonly members: readonly MemberGlance[];
}

export interface MemberGlance {
  readonly name: string;
  readonly role: GatewayRole;
  readonly isSelf: boolean;
  /** null: not known here, as of a witness on a gateway that does not vote, and of the others without a quorum. */
  readonly alive: boolean | null;
  /** Events that it had not told to be on its disk when it was last heard of; null: nothing told, or a witness. */
  readonly behind: number | null;
}

export interface StatusPort {
  status(): Promise<GatewayStatus>;
}

// ── Keys and certificates ───────────────────────────────────────────────────────────────────────────────────────────

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

export interface PersonRow {
  readonly address: string;
  readonly name: string;
  readonly enrolled: boolean;
  /** Ids of usable own keys. */
  readonly smime: number;
  readonly openpgp: number;
  readonly sinceMs: number;
}

export type MailLanguage = 'en' | 'de' | 'nl' | 'fr';

export interface MailDomainRow {
  readonly domain: string;
  /** Of the status and the reports that its people get. */
  readonly language: MailLanguage;
  readonly people: number;
  readonly sinceMs: number;
}

export interface PeoplePort {
  list(request: PageRequest): Promise<Page<PersonRow>>;
  enroll(request: { address: string; name: string }, by: Actor): Promise<void>;
  /** Takes the seat; keys stay for reading old mail. */
  withdraw(request: { address: string }, by: Actor): Promise<void>;
  domains(): Promise<readonly MailDomainRow[]>;
  addDomain(request: { domain: string }, by: Actor): Promise<void>;
  setDomainLanguage(request: { domain: string; language: MailLanguage }, by: Actor): Promise<void>;
  removeDomain(request: { domain: string }, by: Actor): Promise<void>;
}

// ── Policy ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface RuleBookState {
  readonly published: {
    readonly book: RuleBook;
    readonly position: string;
    readonly atMs: number;
    readonly by: string;
    readonly reason: string;
  } | null;
  readonly draft: {
    readonly book: RuleBook;
    readonly savedAtMs: number;
    readonly by: string;
  } | null;
  /** Version of the rule book's stream: a command names the one it was made for, and is refused when it has changed. */
  readonly version: number;
}

/** A message as the dry run needs it; no content but what conditions look at. */
export interface DryRunMail {
  readonly zone: 'inside' | 'outside';
  readonly listener: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly sizeBytes: number;
  readonly encrypted: boolean;
  readonly signed: boolean;
  readonly headers: readonly { name: string; value: string }[];
  readonly attachments: readonly { name: string; type: string }[];
}

export interface DryRunDecision {
  readonly recipient: string;
  readonly direction: 'outgoing' | 'incoming' | 'internal' | 'relay';
  /** Name of the deciding rule; null when none matched. */
  readonly rule: string | null;
  /** What would be done, in words of actions, in order: `sign`, `encrypt by S/MIME`. */
  readonly actions: readonly string[];
  /** Each rule that was asked, in order, and the reason for its answer. */
  readonly reasons: readonly { rule: string; matched: boolean; why: string }[];
  /** How it would end: protected by a method, clear, back to the sender, held, deleted. */
  readonly result: string;
}

export interface PolicyPort {
  state(): Promise<RuleBookState>;
  saveDraft(request: { book: RuleBook; version: number }, by: Actor): Promise<void>;
  discardDraft(request: { version: number }, by: Actor): Promise<void>;
  publish(request: { version: number }, by: Actor): Promise<void>;
  explain(request: { mail: DryRunMail; book: 'published' | 'draft' }): Promise<readonly DryRunDecision[]>;
}

// ── Queue ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface QueueRow {
  readonly queueId: string;
  readonly spoolId: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly queuedAtMs: number;
  readonly attempts: number;
  readonly nextAttemptMs: number | null;
  /** The next hop's last answer; empty before the first attempt. */
  readonly lastAnswer: string;
}

/** A mail, or its copy for some recipients, that waits for a key or a person before it goes on. */
export interface HeldRow {
  readonly holdId: string;
  readonly spoolId: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly sizeBytes: number;
  readonly reason: string;
  readonly heldAtMs: number;
}

export interface QueuePort {
  list(): Promise<readonly QueueRow[]>;
  retry(request: { queueId: string }, by: Actor): Promise<void>;
  remove(request: { queueId: string }, by: Actor): Promise<void>;
  held(): Promise<readonly HeldRow[]>;
  /** Gives it back to the mail line, to be decided anew. */
  release(request: { holdId: string }, by: Actor): Promise<void>;
  /** For good; nobody is told. */
  drop(request: { holdId: string }, by: Actor): Promise<void>;
}

// ── Operators ───────────────────────────────────────────────────────────────────────────────────────────────────────

export interface OperatorRow {
  /** The name to sign in with; part of the stream's name. */
  readonly id: string;
  /** For display. */
  readonly name: string;
  readonly roles: readonly Role[];
  readonly enabled: boolean;
  /** The password was made by the machine: the next sign-in sets another before anything else. */
  readonly mustChange: boolean;
}

export interface OperatorsPort {
  list(): Promise<readonly OperatorRow[]>;
  /** For sign-in: the PHC string of the password beside the row; null when there is no such operator. */
  credential(id: string): Promise<(OperatorRow & { readonly passwordHash: string }) | null>;
  create(
    request: { id: string; name: string; roles: readonly Role[]; passwordHash: string; mustChange: boolean },
    by: Actor,
  ): Promise<void>;
  setRoles(request: { id: string; roles: readonly Role[] }, by: Actor): Promise<void>;
  setPassword(request: { id: string; passwordHash: string; mustChange: boolean }, by: Actor): Promise<void>;
  setEnabled(request: { id: string; enabled: boolean }, by: Actor): Promise<void>;
}

// ── Mailbox of the try-out ──────────────────────────────────────────────────────────────────────────────────────────

export interface MailboxRow {
  readonly id: string;
  readonly arrivedAtMs: number;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  /** What can be seen from outside: how it left. `opened`: it came in protected, and goes to our reader with a status. */
  readonly protection:
    | 'smime-encrypted'
    | 'smime-signed'
    | 'openpgp-encrypted'
    | 'openpgp-signed'
    | 'opened'
    | 'clear';
  readonly sizeBytes: number;
}

export interface MailboxMail extends MailboxRow {
  /** The mail as it arrived, at most MAILBOX_SOURCE_CHARS_MAX characters of it (latin1, one octet each). */
  readonly source: string;
  readonly truncated: boolean;
  /** The gateway's status header when it has one, as a reader's mail program would show it. */
  readonly statusHeader: string;
  /** True when the demonstration partner can answer this one encrypted. */
  readonly answerable: boolean;
  readonly reading: MailboxReading;
}

/** The mail as its recipient's mail program shows it; only the demonstration partner has keys to open it with. */
interface MailboxReading {
  readonly subject: string;
  /** Its plain text; empty when there is none, or when it could not be opened. */
  readonly text: string;
  /** Of the outermost protection; null without one. */
  readonly technology: 'smime' | 'openpgp' | null;
  readonly encryption: 'opened' | 'not-opened' | 'none';
  readonly signature: 'valid' | 'not-verified' | 'none';
  /** Why the signature does not count, as a word of domain/mail/verdict.ts. */
  readonly problem: string | null;
  readonly signerAddress: string;
  readonly signerIssuer: string;
  readonly algorithms: readonly string[];
}

/** Only in the try-out; everything that left the gateway ends here, nothing leaves the machine. */
export interface MailboxPort {
  list(): Promise<readonly MailboxRow[]>;
  get(id: string): Promise<MailboxMail | null>;
  /** Sends a mail from a demonstration user to the demonstration partner through the gateway. */
  sendSample(request: { technology: 'smime' | 'openpgp' }): Promise<void>;
  /** The demonstration partner answers the mail `id`, encrypted (and signed) back into the gateway. */
  answerEncrypted(request: { id: string }): Promise<void>;
  /** Removes what is in the mailbox. */
  clear(): Promise<void>;
}

// ── Audit and mails: the management's own, over the ledger and the trace journals ──────────────────────────────────

export interface AuditRow {
  readonly position: string;
  readonly stream: string;
  readonly version: number;
  readonly kind: string;
  readonly atMs: number;
  readonly actor: string;
  readonly reason: string;
  readonly node: string;
  readonly hash: string;
  /** The payload as indented JSON; long binary values are shortened. Secrets in it are ciphertext already. */
  readonly payload: string;
}

export interface AuditPort {
  /**
   * Newest first, before position `before` (null = from the head). `search` is looked for in stream, kind, actor and
   * reason; `from`/`to` bound the time. `next` continues the search, null at the log's beginning.
   */
  events(request: {
    before: string | null;
    limit: number;
    search: string;
    actor: string;
    fromMs: number | null;
    toMs: number | null;
  }): Promise<{ rows: readonly AuditRow[]; next: string | null }>;
}

// ── Cluster ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ClusterMemberRow extends MemberGlance {
  readonly node: string;
  readonly site: string;
  readonly peerAddress: string;
  readonly version: string;
  /** Decimal position that it has on disk by its own word; null when it has told none. */
  readonly position: string | null;
  /** Grows each time its spool is taken over or taken back. */
  readonly spoolEpoch: number;
  /** Another one when its spool was taken over. */
  readonly spoolOwner: string;
  /** Its member of the engine, as a voter sees it; null for one without, and on a gateway that does not vote. */
  readonly engine: {
    readonly state: 'voter' | 'learner' | 'starting';
    readonly version: string;
    readonly leader: boolean;
    readonly answers: boolean;
  } | null;
}

export interface ClusterStatus {
  readonly mode: 'single' | 'voter' | 'client';
  readonly clusterId: string;
  readonly generation: number;
  readonly self: string;
  /** null on a gateway on its own. */
  readonly condition: ClusterCondition | null;
  /** Changes can be made; `reason` says why not. */
  readonly writable: boolean;
  readonly reason: string;
  readonly members: readonly ClusterMemberRow[];
  /** Sentences for operators. */
  readonly warnings: readonly string[];
  /** Long steps under way, one sentence each. */
  readonly progress: readonly string[];
  /** Histories of older generations that were brought back: kept on that gateway, not part of the log. */
  readonly divergences: readonly {
    readonly node: string;
    readonly generation: number;
    readonly from: string;
    readonly events: number;
    readonly atMs: number;
  }[];
}

export interface ClusterAdminPort {
  status(): Promise<ClusterStatus>;
  /** What `init` would do, one sentence a step. Rejects as `init` would. */
  plan(): Promise<readonly string[]>;
  /** A gateway on its own becomes a cluster of one voter. */
  init(by: Actor): Promise<void>;
  /** For one member, once, within an hour. */
  token(
    request: { role: GatewayRole | 'auto' },
    by: Actor,
  ): Promise<{ token: string; expiresAtMs: number; address: string }>;
  /** `member`: node id or name. A gateway that is there is removed with `force` only, or when it is this one. */
  remove(request: { member: string; toPair: boolean; force: boolean }, by: Actor): Promise<void>;
  /** Begins a new generation here; `dead` are off for good, and stay out. */
  recover(request: { dead: readonly string[] }, by: Actor): Promise<void>;
}
