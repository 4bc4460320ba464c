/**
 * The demonstration partner of the try-out by name: addresses, and the files of the mailbox's folder that hold the
 * public parts. `first-start` takes them from there into the log, as an operator would who got them by mail.
 */
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';

export const DEMO_USER = 'alice@example.org';
/** Has an S/MIME certificate. */
export const DEMO_PARTNER = 'bob@partner.example';
/** Has an OpenPGP key. */
export const DEMO_PARTNER_PGP = 'bob+pgp@partner.example';
export const DEMO_PARTNER_NAME = 'Bob Partner';

/** DER; written after everything else of the partner, so that who sees it finds the OpenPGP key, too. */
export const demoCertificateFile = (layout: Layout): string => join(layout.mailbox, `${DEMO_PARTNER}.cer`);
/** Binary transferable public key. */
export const demoOpenPgpFile = (layout: Layout): string => join(layout.mailbox, `${DEMO_PARTNER_PGP}.pgp`);
