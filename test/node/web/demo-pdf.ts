/** PDF mail for the management's own tests: one pair, kept in memory. */
import { DEFAULT_PDF_POLICY } from '#domain/pdf/pdf-policy.ts';
import { EMPTY_TEMPLATE } from '#domain/pdf/template-record.ts';
import { templatePreview } from '#node/pdf/preview/template-preview.ts';
import type { Actor } from '#node/web/admin-request.ts';
import type { PdfAdminPort, PdfPairDetail } from '#node/web/pdf-admin-port.ts';

const DAY = 86_400_000;

export function demoPdf(nowMs: number, done: (name: string, by: Actor) => void): PdfAdminPort {
  const pair: PdfPairDetail = {
    sender: 'anna@example.org',
    recipient: 'petra@partner.example',
    state: 'in-force',
    origin: 'made',
    sinceMs: nowMs - DAY,
    expiresAtMs: null,
    passwords: 1,
    lockedUntilMs: nowMs + 60_000,
    lastLoginMs: nowMs - 3_600_000,
    invitedUntilMs: null,
    language: 'de',
    history: [
      {
        number: 1,
        origin: 'made',
        sinceMs: nowMs - DAY,
        untilMs: null,
        expiresAtMs: null,
        handedOver: false,
      },
    ],
  };
  return {
    pairs: async () => ({ rows: [pair], total: 1 }),
    pair: async ({ recipient }) => (recipient === pair.recipient ? pair : null),
    async show(_request, by) {
      done('show pdf', by);
      return { password: 'k7qm-2xwd-9hta-0vbe' };
    },
    reset: async (_request, by) => done('reset pdf', by),
    resendNotice: async (_request, by) => done('resend pdf', by),
    unlock: async (_request, by) => done('unlock pdf', by),
    statistics: async () => ({
      pairs: 1,
      byState: { 'in-force': 1, expired: 0, none: 0, invited: 0 },
      byOrigin: { made: 1, stated: 0, chosen: 0 },
      lockedAccounts: 1,
      openInvitations: 0,
      perDay: [{ dayMs: nowMs - DAY, passwords: 1 }],
    }),
    policy: async () => ({ policy: DEFAULT_PDF_POLICY, messengerKey: 'A'.repeat(43) }),
    setPolicy: async (_request, by) => done('set pdf policy', by),
    templates: async () => [
      { domain: 'example.org', template: { ...EMPTY_TEMPLATE, company: 'Example Ltd' } },
    ],
    preview: async (request) => templatePreview(request, nowMs),
    setTemplate: async (_request, by) => done('set template', by),
    removeTemplate: async (_request, by) => done('remove template', by),
  };
}
