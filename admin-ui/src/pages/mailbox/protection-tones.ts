/** The colour of each way a mail can have left the gateway. */
import type { MailboxRow } from '../../api/types.ts';
import type { Tone } from '../../parts/mark.tsx';

export const PROTECTION_TONES: Record<MailboxRow['protection'], Tone> = {
  'smime-encrypted': 'good',
  'openpgp-encrypted': 'good',
  'smime-signed': 'calm',
  'openpgp-signed': 'calm',
  opened: 'calm',
  clear: 'none',
};
