/**
 * What waits for a PDF password goes on by itself: a held mail when its partner has registered, when the invitation has
 * ended, when the log or the messenger is back. Invitations are repeated and ended, and a sender is told again.
 *
 * Whoever records a reminder or a notice sends it: two gateways that look at the same moment send one.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PdfWait } from '#domain/mail/line.ts';
import { passwordInForce } from '#domain/pdf/pdf-pair.ts';
import type { Layout } from '#node/config/layout.ts';
import { errorCode } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { type HeldMail, releaseHeld, sealedOf } from '#node/spool/hold-folder.ts';
import { type PdfMailings, pdfMailings } from './pdf-mailings.ts';
import { orderMessenger, type PdfPasswordPorts } from './pdf-passwords.ts';

const LOOK_MS = 1000; // A partner who has registered finds the mail in the mailbox at once.
const MESSENGER_MIN_MS = 30_000;
const MESSENGER_MAX_MS = 3_600_000;

export interface PdfWaitPorts extends PdfPasswordPorts {
  readonly layout: Layout;
  readonly hostname: string;
  readonly ledger: PdfPasswordPorts['ledger'] & Pick<LedgerPort, 'status'>;
}

/** Gives the function that stops it; it resolves when nothing is under way any more. */
export function watchPdfWaits(ports: PdfWaitPorts): () => Promise<void> {
  const mailings = pdfMailings(ports);
  const holds = heldWaits(ports.layout);
  const messengerTurns = backOff(ports.nowMs);
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();

  const look = (): void => {
    running = lookOnce(ports, mailings, holds, messengerTurns)
      .catch((error: Error) => {
        // The next look tries again: everything here is idempotent.
        ports.log.warn(
          { error: error.message, code: errorCode(error) },
          'waiting PDFs were not looked through',
        );
      })
      .finally(() => {
        if (!stopped) timer = setTimeout(look, LOOK_MS);
      });
  };
  look();
  return async () => {
    stopped = true;
    if (timer) clearTimeout(timer);
    await running;
  };
}

async function lookOnce(
  ports: PdfWaitPorts,
  mailings: PdfMailings,
  holds: HeldWaits,
  messengerTurns: BackOff,
): Promise<void> {
  let writable: Promise<boolean> | null = null;
  const logIsBack = (): Promise<boolean> => {
    writable ??= ports.ledger.status().then((status) => status.writable);
    return writable;
  };
  for (const { holdId, pdfWait } of await holds.list()) {
    if (!(await mayGo(ports, pdfWait, logIsBack, messengerTurns))) continue;
    // Where another part of the mail is on its way, the next look tries again.
    const end = releaseHeld(ports.layout, holdId);
    if (end === 'released') ports.log.info({ holdId }, 'a waiting PDF goes on');
  }
  if (await logIsBack()) await mailings.send(); // Each of them is recorded first.
}

async function mayGo(
  ports: PdfWaitPorts,
  wait: PdfWait,
  logIsBack: () => Promise<boolean>,
  messengerTurns: BackOff,
): Promise<boolean> {
  const { pdf } = ports.models;
  const pair = { sender: pdf.senderOfPair(wait.sender), recipient: wait.recipient };
  const password = passwordInForce(pdf.pair(pair.sender, pair.recipient), ports.nowMs());
  switch (wait.why) {
    case 'registration':
      return (
        password !== null ||
        !pdf.policy.selfRegistration ||
        pdf.invitation(pair.sender, pair.recipient).status !== 'open'
      );
    case 'quorum':
      return password !== null || (await logIsBack());
    case 'messenger': {
      if (!password || password.handedOver || pdf.policy.delivery !== 'messenger') return true;
      const key = `${pair.sender}/${pair.recipient}`;
      if (!messengerTurns.isDue(key)) return false;
      return orderMessenger(ports, pair, password, wait.sender);
    }
  }
}

interface HeldWaits {
  list(): Promise<(HeldMail & { readonly pdfWait: PdfWait })[]>;
}

/** The sidecars of held mails that wait for a PDF password; each is read once. */
function heldWaits(layout: Layout): HeldWaits {
  const known = new Map<string, HeldMail | null>();
  return {
    async list() {
      if (!existsSync(layout.spoolHold)) return [];
      const names = (await readdir(layout.spoolHold)).filter((name) => name.endsWith('.json'));
      const present = new Set(names);
      for (const name of known.keys()) if (!present.has(name)) known.delete(name);
      const waits: (HeldMail & { pdfWait: PdfWait })[] = [];
      for (const name of names.sort()) {
        const held = known.get(name) ?? (await readSidecar(join(layout.spoolHold, name)));
        if (held === undefined) continue;
        known.set(name, held);
        if (held?.pdfWait && existsSync(sealedOf(layout, held.holdId))) {
          waits.push({ ...held, pdfWait: held.pdfWait });
        }
      }
      return waits;
    },
  };
}

/** Undefined when it has gone meanwhile; null when it is none of ours to read. */
async function readSidecar(path: string): Promise<HeldMail | null | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as HeldMail;
  } catch (error) {
    return error instanceof SyntaxError ? null : undefined;
  }
}

interface BackOff {
  isDue(key: string): boolean;
}

/** Each try of one key comes twice as long after the one before. */
function backOff(nowMs: () => number): BackOff {
  const turns = new Map<string, { atMs: number; waitMs: number }>();
  return {
    isDue(key) {
      const turn = turns.get(key);
      const now = nowMs();
      if (turn && now < turn.atMs) return false;
      const waitMs = turn ? Math.min(turn.waitMs * 2, MESSENGER_MAX_MS) : MESSENGER_MIN_MS;
      turns.set(key, { atMs: now + waitMs, waitMs });
      return true;
    },
  };
}
