/**
 * PDF mail: passwords of pairs (never a secret), invitations, lock-outs, policy and templates.
 */
import { decodeEvent } from '#domain/decider.ts';
import { addressKey } from '#domain/mail/address.ts';
import { type PdfAccess, type PdfAccessEvent, pdfAccessDecider } from '#domain/pdf/pdf-access.ts';
import {
  type PdfInvitation,
  type PdfInvitationEvent,
  pdfInvitationDecider,
} from '#domain/pdf/pdf-invitation.ts';
import { ANY_SENDER, type PdfPair, type PdfPairEvent, pdfPairDecider } from '#domain/pdf/pdf-pair.ts';
import {
  PDF_POLICY_STREAM,
  type PdfPolicy,
  type PdfPolicyEvent,
  pdfPolicyDecider,
} from '#domain/pdf/pdf-policy.ts';
import {
  DEFAULT_TEMPLATE,
  EMPTY_TEMPLATE,
  type TemplateEvent,
  type TemplateRecord,
  templateDecider,
} from '#domain/pdf/template-record.ts';
import { type Projection, type RecordedEvent, refill, streamId } from './recorded-event.ts';

export type OpenInvitation = Exclude<PdfInvitation, { status: 'absent' }>;

interface SavedPdf {
  readonly pairs: ReadonlyMap<string, PdfPair>;
  readonly invitations: ReadonlyMap<string, PdfInvitation>;
  readonly accesses: ReadonlyMap<string, PdfAccess>;
  readonly templates: ReadonlyMap<string, TemplateRecord>;
  readonly policy: PdfPolicy;
}

const idOf = (sender: string, recipient: string): string => `${addressKey(sender)}/${addressKey(recipient)}`;

export class PdfProjection implements Projection<SavedPdf> {
  /** By the part of the stream's name behind its kind. */
  readonly #pairs = new Map<string, PdfPair>();
  readonly #invitations = new Map<string, PdfInvitation>();
  readonly #accesses = new Map<string, PdfAccess>();
  readonly #templates = new Map<string, TemplateRecord>();
  policy: PdfPolicy = pdfPolicyDecider.zero;

  apply(event: RecordedEvent): void {
    if (event.stream === PDF_POLICY_STREAM) {
      const change = decodeEvent<PdfPolicyEvent>(pdfPolicyDecider, event);
      this.policy = pdfPolicyDecider.evolve(this.policy, change);
      return;
    }
    const pair = streamId(event, 'pdf-pair');
    if (pair !== null) {
      const change = decodeEvent<PdfPairEvent>(pdfPairDecider, event);
      this.#pairs.set(pair, pdfPairDecider.evolve(this.#pairs.get(pair) ?? pdfPairDecider.zero, change));
      return;
    }
    const invitation = streamId(event, 'pdf-invitation');
    if (invitation !== null) {
      const before = this.#invitations.get(invitation) ?? pdfInvitationDecider.zero;
      const change = decodeEvent<PdfInvitationEvent>(pdfInvitationDecider, event);
      this.#invitations.set(invitation, pdfInvitationDecider.evolve(before, change));
      return;
    }
    const access = streamId(event, 'pdf-access');
    if (access !== null) {
      const change = decodeEvent<PdfAccessEvent>(pdfAccessDecider, event);
      const before = this.#accesses.get(access) ?? pdfAccessDecider.zero;
      this.#accesses.set(access, pdfAccessDecider.evolve(before, change));
      return;
    }
    const domain = streamId(event, 'pdf-template');
    if (domain === null) return;
    const change = decodeEvent<TemplateEvent>(templateDecider, event);
    const after = templateDecider.evolve(this.#templates.get(domain) ?? null, change);
    if (after === null) this.#templates.delete(domain);
    else this.#templates.set(domain, after);
  }

  save(): SavedPdf {
    return {
      pairs: this.#pairs,
      invitations: this.#invitations,
      accesses: this.#accesses,
      templates: this.#templates,
      policy: this.policy,
    };
  }

  restore(saved: SavedPdf): void {
    refill(this.#pairs, saved.pairs);
    refill(this.#invitations, saved.invitations);
    refill(this.#accesses, saved.accesses);
    refill(this.#templates, saved.templates);
    this.policy = saved.policy;
  }

  /** Whose password a mail of this sender is made with: the sender's own, or that of all senders, by policy. */
  senderOfPair(sender: string): string {
    return this.policy.passwordPer === 'recipient' ? ANY_SENDER : sender;
  }

  pair(sender: string, recipient: string): PdfPair {
    return this.#pairs.get(idOf(sender, recipient)) ?? pdfPairDecider.zero;
  }

  pairs(): Iterable<PdfPair> {
    return this.#pairs.values();
  }

  invitation(sender: string, recipient: string): PdfInvitation {
    return this.#invitations.get(idOf(sender, recipient)) ?? pdfInvitationDecider.zero;
  }

  *openInvitations(): Iterable<OpenInvitation> {
    for (const invitation of this.#invitations.values()) if (invitation.status === 'open') yield invitation;
  }

  access(sender: string, recipient: string): PdfAccess {
    return this.#accesses.get(idOf(sender, recipient)) ?? pdfAccessDecider.zero;
  }

  /** Of a mail domain of ours; that of all domains, or the built-in one, where it has none. */
  templateOf(domain: string): TemplateRecord {
    return this.#templates.get(domain) ?? this.#templates.get(DEFAULT_TEMPLATE) ?? EMPTY_TEMPLATE;
  }

  /** By domain, `*` for all others. */
  templates(): Iterable<[string, TemplateRecord]> {
    return this.#templates;
  }
}
