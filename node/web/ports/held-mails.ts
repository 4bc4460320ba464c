/**
 * Held mails as the management sees them: a list, and the wishes of an operator about them.
 */
import type { Layout } from '#node/config/layout.ts';
import { askRelease, dropHeld, heldMails } from '#node/spool/hold-folder.ts';
import { AdminRefusal } from '#node/web/admin-request.ts';
import type { HeldRow } from '#node/web/queue-admin-port.ts';

/** Oldest first. */
export function heldRows(layout: Layout): HeldRow[] {
  return heldMails(layout)
    .map(({ holdId, spoolId, held }): HeldRow => {
      const { sender, recipients = [], sizeBytes = 0, reason = 'unknown', heldAtMs = 0 } = held ?? {};
      return { holdId, spoolId, sender: sender ?? '', recipients, sizeBytes, reason, heldAtMs };
    })
    .sort((a, b) => a.heldAtMs - b.heldAtMs);
}

/** `protect` does it within a second. */
export function releaseHeldMail(layout: Layout, holdId: string): void {
  if (!askRelease(layout, holdId)) throw notHeld();
}

export function dropHeldMail(layout: Layout, holdId: string): void {
  if (!dropHeld(layout, holdId)) throw notHeld();
}

const notHeld = () => new AdminRefusal('unknown', 'This mail is not held, or not any more.');
