/** PDF mail of the management: from the read models; changes by their deciders; a password only by way of `keys`. */
import { addressKey, canonicalDomain } from '#domain/mail/address.ts';
import { pdfAccessDecider, pdfAccessStream } from '#domain/pdf/pdf-access.ts';
import {
  ANY_SENDER,
  type PdfPair,
  passwordInForce,
  pdfPairDecider,
  pdfPairStream,
} from '#domain/pdf/pdf-pair.ts';
import { PDF_POLICY_STREAM, pdfPolicyDecider } from '#domain/pdf/pdf-policy.ts';
import { DEFAULT_TEMPLATE, templateDecider, templateStream } from '#domain/pdf/template-record.ts';
import { AdminRefusal } from '#node/web/admin-request.ts';
import type {
  PdfPair as Names,
  PdfAdminPort,
  PdfPairDetail,
  PdfPairRow,
  PdfStatistics,
} from '#node/web/pdf-admin-port.ts';
import { matches, type PortParts, page, perform, unavailable } from './parts.ts';
import { addressOf } from './people-port.ts';

export function pdfAdminPort(parts: PortParts & { readonly nowMs: () => number }): PdfAdminPort {
  const { pdf } = parts.models;
  const namesOf = ({ sender, recipient }: Names): Names => ({
    sender: sender === ANY_SENDER ? ANY_SENDER : addressKey(addressOf(sender)),
    recipient: addressKey(addressOf(recipient)),
  });
  const known = (names: Names): Names => {
    const { sender, recipient } = namesOf(names);
    if (pdf.pair(sender, recipient).version > 0) return { sender, recipient };
    throw new AdminRefusal('unknown', 'There is no password for this pair.');
  };
  const rows = (): PdfPairRow[] => allPairs(parts).map((pair) => rowOf(parts, pair));
  return {
    async pairs(request) {
      const found = rows()
        .filter((row) => matches(request.search, row.sender, row.recipient))
        .sort((a, b) => (b.sinceMs ?? Infinity) - (a.sinceMs ?? Infinity));
      return page(found, request);
    },
    async pair(names) {
      const { sender, recipient } = namesOf(names);
      const pair = allPairs(parts).find((p) => p.sender === sender && p.recipient === recipient);
      return pair ? detailOf(parts, pair) : null;
    },
    async show({ number, ...names }, by) {
      const { sender, recipient } = known(names);
      const stream = pdfPairStream(sender, recipient);
      const command = { type: 'ShowPdfPassword', password: number, at: by.atMs } as const;
      const { version: showing } = await perform(parts, pdfPairDecider, stream, command, by);
      const ask = parts.keys.showPdfPassword({ stream, showing });
      const password = await ask.catch((error: Error) => {
        throw unavailable(error);
      });
      return { password };
    },
    async reset(names, by) {
      const { sender, recipient } = known(names);
      const command = { type: 'VoidPdfPassword', by: 'operator', at: by.atMs } as const;
      await perform(parts, pdfPairDecider, pdfPairStream(sender, recipient), command, by);
    },
    async resendNotice(names, by) {
      const { sender, recipient } = known(names);
      const command = { type: 'AskPdfNotice', at: by.atMs } as const;
      await perform(parts, pdfPairDecider, pdfPairStream(sender, recipient), command, by);
    },
    async unlock(names, by) {
      const { sender, recipient } = known(names);
      const command = { type: 'UnlockPdfAccount', at: by.atMs } as const;
      await perform(parts, pdfAccessDecider, pdfAccessStream(sender, recipient), command, by);
    },
    statistics: async () => statisticsOf(rows(), allPairs(parts), parts.nowMs()),
    async policy() {
      const { publicKey } = await parts.keys.signOrder({ data: new Uint8Array(0) }).catch((error: Error) => {
        throw unavailable(error);
      });
      return { policy: pdf.policy, messengerKey: Buffer.from(publicKey).toString('base64url') };
    },
    async setPolicy({ policy }, by) {
      const command = { type: 'SetPdfPolicy', policy, at: by.atMs } as const;
      await perform(parts, pdfPolicyDecider, PDF_POLICY_STREAM, command, by);
    },
    templates: async () => [...pdf.templates()].map(([domain, template]) => ({ domain, template })),
    async setTemplate({ domain: text, template }, by) {
      const domain = templateDomain(parts, text);
      const command = { type: 'SetPdfTemplate', domain, template, at: by.atMs } as const;
      await perform(parts, templateDecider, templateStream(domain), command, by);
    },
    async preview(request) {
      // Fonts and layout are loaded when somebody looks, not with every start of `web`.
      const { templatePreview } = await import('#node/pdf/preview/template-preview.ts');
      return templatePreview(request, parts.nowMs());
    },
    async removeTemplate({ domain }, by) {
      const command = { type: 'RemovePdfTemplate', at: by.atMs } as const;
      await perform(parts, templateDecider, templateStream(domain), command, by);
    },
  };
}

function templateDomain({ models }: PortParts, text: string): string {
  if (text === DEFAULT_TEMPLATE) return text;
  const domain = canonicalDomain(text);
  if (domain !== null && models.people.domainOf(`x@${domain}`)) return domain;
  throw new AdminRefusal('unknown', `${text} is not one of our mail domains.`);
}

/** Also those that are only invited yet. */
function allPairs({ models }: PortParts): PdfPair[] {
  const pairs = [...models.pdf.pairs()];
  const invited = [...models.pdf.openInvitations()].filter(
    ({ sender, recipient }) => models.pdf.pair(sender, recipient).version === 0,
  );
  const empty = pdfPairDecider.zero;
  return [
    ...pairs,
    ...invited.map(({ sender, recipient }) => ({
      ...empty,
      sender: addressKey(sender),
      recipient: addressKey(recipient),
    })),
  ];
}

function rowOf(parts: PortParts & { readonly nowMs: () => number }, pair: PdfPair): PdfPairRow {
  const { pdf } = parts.models;
  const { sender, recipient, passwords } = pair;
  const nowMs = parts.nowMs();
  const last = passwords.at(-1);
  const access = pdf.access(sender, recipient);
  const invitation = pdf.invitation(sender, recipient);
  const invitedUntilMs = invitation.status === 'open' ? invitation.expiresAt : null;
  const expired = last !== undefined && last.until === null;
  const idle = expired ? 'expired' : 'none';
  const waiting = invitedUntilMs === null ? idle : 'invited';
  return {
    sender,
    recipient,
    state: passwordInForce(pair, nowMs) ? 'in-force' : waiting,
    origin: last?.origin ?? null,
    sinceMs: last?.since ?? null,
    expiresAtMs: last?.expiresAt ?? null,
    passwords: passwords.length,
    lockedUntilMs: access.lockedUntil > nowMs ? access.lockedUntil : null,
    lastLoginMs: access.lastLogin,
    invitedUntilMs,
  };
}

function detailOf(parts: PortParts & { readonly nowMs: () => number }, pair: PdfPair): PdfPairDetail {
  const history = pair.passwords.map(({ version, origin, since, until, expiresAt, handedOver }) => {
    return { number: version, origin, sinceMs: since, untilMs: until, expiresAtMs: expiresAt, handedOver };
  });
  return { ...rowOf(parts, pair), language: pair.language, history: history.reverse() };
}

const DAY_MS = 86_400_000;
const DAYS = 30;

function statisticsOf(rows: readonly PdfPairRow[], pairs: readonly PdfPair[], nowMs: number): PdfStatistics {
  const byState = { 'in-force': 0, expired: 0, none: 0, invited: 0 };
  const byOrigin = { made: 0, stated: 0, chosen: 0 };
  for (const { state, origin } of rows) {
    byState[state] += 1;
    if (origin) byOrigin[origin] += 1;
  }
  const today = Math.floor(nowMs / DAY_MS);
  const perDay = Array.from({ length: DAYS }, (_, i) => {
    return { dayMs: (today - DAYS + 1 + i) * DAY_MS, passwords: 0 };
  });
  for (const { passwords } of pairs) {
    for (const { since } of passwords) {
      const day = perDay[Math.floor(since / DAY_MS) - today + DAYS - 1];
      if (day) day.passwords += 1;
    }
  }
  return {
    pairs: rows.length,
    byState,
    byOrigin,
    lockedAccounts: rows.filter((row) => row.lockedUntilMs !== null).length,
    openInvitations: rows.filter((row) => row.invitedUntilMs !== null).length,
    perDay,
  };
}
