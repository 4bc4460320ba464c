/**
 * Self-registration of a partner (features.md D4): invited by a mail that waits, reminded, registered or expired.
 *
 * Stream `pdf-invitation/<sender>/<recipient>`, named as the pair. What waits goes on when the partner has chosen a
 * password; after the end of the invitation it goes back to its sender, and a later mail invites anew.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import { addressKey } from '../mail/address.ts';

export const pdfInvitationStream = (sender: string, recipient: string): string =>
  `pdf-invitation/${addressKey(sender)}/${addressKey(recipient)}`;

export type PdfInvitationCommand =
  | {
      readonly type: 'InvitePdfPartner';
      readonly sender: string;
      readonly recipient: string;
      /** The mail that waits, and whose sender invites. */
      readonly spoolId: string;
      readonly invitedBy: string;
      readonly expiresAt: Instant;
      readonly at: Instant;
    }
  | { readonly type: 'RemindPdfPartner'; readonly number: number; readonly at: Instant }
  | { readonly type: 'AcceptPdfInvitation'; readonly at: Instant }
  | { readonly type: 'ExpirePdfInvitation'; readonly at: Instant };

export type PdfInvitationEvent =
  | {
      readonly type: 'PdfPartnerInvited';
      readonly sender: string;
      readonly recipient: string;
      readonly spoolId: string;
      readonly invitedBy: string;
      readonly expiresAt: Instant;
      readonly at: Instant;
    }
  | { readonly type: 'PdfPartnerReminded'; readonly number: number; readonly at: Instant }
  | { readonly type: 'PdfInvitationAccepted'; readonly at: Instant }
  | { readonly type: 'PdfInvitationExpired'; readonly at: Instant };

export type PdfInvitationRefusal = 'unknown' | 'expired' | 'not-yet';

export type PdfInvitation =
  | { readonly status: 'absent' }
  | {
      readonly status: 'open' | 'accepted' | 'expired';
      readonly sender: string;
      readonly recipient: string;
      readonly spoolId: string;
      readonly invitedBy: string;
      readonly since: Instant;
      readonly expiresAt: Instant;
      readonly reminders: number;
      /** When it was accepted or expired. */
      readonly endedAt: Instant | null;
    };

export const pdfInvitationDecider: Decider<
  PdfInvitationCommand,
  PdfInvitationEvent,
  PdfInvitation,
  PdfInvitationRefusal
> = {
  zero: { status: 'absent' },
  decide,
  evolve,
  schemas: {
    PdfPartnerInvited: 1,
    PdfPartnerReminded: 1,
    PdfInvitationAccepted: 1,
    PdfInvitationExpired: 1,
  },
};

function decide(
  command: PdfInvitationCommand,
  invitation: PdfInvitation,
): Decision<PdfInvitationEvent, PdfInvitationRefusal> {
  const { at } = command;
  if (command.type === 'InvitePdfPartner') {
    if (invitation.status === 'open') return accept();
    const { sender, recipient, spoolId, invitedBy, expiresAt } = command;
    return accept({ type: 'PdfPartnerInvited', sender, recipient, spoolId, invitedBy, expiresAt, at });
  }
  if (invitation.status === 'absent') return refuse('unknown');
  switch (command.type) {
    case 'RemindPdfPartner':
      // The number makes two gateways that remind at the same time one reminder.
      if (invitation.status !== 'open' || command.number !== invitation.reminders + 1) return accept();
      return accept({ type: 'PdfPartnerReminded', number: command.number, at });
    case 'AcceptPdfInvitation':
      if (invitation.status === 'expired') return refuse('expired');
      return invitation.status === 'accepted' ? accept() : accept({ type: 'PdfInvitationAccepted', at });
    case 'ExpirePdfInvitation':
      if (invitation.status !== 'open') return accept();
      return at < invitation.expiresAt ? refuse('not-yet') : accept({ type: 'PdfInvitationExpired', at });
  }
}

function evolve(invitation: PdfInvitation, event: PdfInvitationEvent): PdfInvitation {
  if (event.type === 'PdfPartnerInvited') {
    const { sender, recipient, spoolId, invitedBy, expiresAt, at } = event;
    const begin = { status: 'open', reminders: 0, endedAt: null } as const;
    return { ...begin, sender, recipient, spoolId, invitedBy, since: at, expiresAt };
  }
  if (invitation.status === 'absent') return invitation;
  switch (event.type) {
    case 'PdfPartnerReminded':
      return { ...invitation, reminders: event.number };
    case 'PdfInvitationAccepted':
      return { ...invitation, status: 'accepted', endedAt: event.at };
    case 'PdfInvitationExpired':
      return { ...invitation, status: 'expired', endedAt: event.at };
  }
}
