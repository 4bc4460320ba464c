/**
 * A partner chooses a password: after an invitation, or later in the portal in place of the one in force.
 *
 * What waits for it is let go by the gateway that holds it, as soon as the event is known there.
 */
import { foldStream } from '#domain/decider.ts';
import { pdfInvitationDecider, pdfInvitationStream } from '#domain/pdf/pdf-invitation.ts';
import type { PdfPolicy } from '#domain/pdf/pdf-policy.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import { type PairName, type PairPorts, type SetResult, setPassword } from './pair-passwords.ts';

export type RegisterResult = SetResult | { readonly kind: 'refused'; readonly refusal: 'not-invited' };

/** The caller has opened the token of the invitation; the invitation itself may have ended meanwhile. */
export async function registerPartner(
  ports: PairPorts,
  policy: PdfPolicy,
  pair: PairName,
  password: string,
  meta: CommandMeta,
): Promise<RegisterResult> {
  const stream = pdfInvitationStream(pair.sender, pair.recipient);
  const invitation = foldStream(pdfInvitationDecider, await ports.ledger.readStream(stream));
  if (invitation.status !== 'open' || meta.atMs >= invitation.expiresAt) {
    return { kind: 'refused', refusal: 'not-invited' };
  }
  const set = await setPassword(ports, policy, pair, { password, origin: 'chosen', spoolId: '' }, meta);
  if (set.kind === 'refused') return set;
  const accepted = { ...meta, requestId: `${meta.requestId}|accepted` };
  await execute(
    ports.ledger,
    pdfInvitationDecider,
    stream,
    { type: 'AcceptPdfInvitation', at: meta.atMs },
    accepted,
  );
  return { kind: 'done' };
}
