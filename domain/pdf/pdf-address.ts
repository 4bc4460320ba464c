/**
 * Lock-out of a network address that has entered wrong passwords, of whichever pairs, on whichever gateways: from some on
 * each further one makes the address wait longer. A right one, and a day, make it forgotten.
 *
 * Stream `pdf-address/<digest>`: the address itself is not in the log. Only failures are recorded, and none while the
 * address has to wait: an attacker cannot fill the log.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';

/** `digest`: of the address, or of the network it stands for. */
export const pdfAddressStream = (digest: string): string => `pdf-address/${digest}`;

const FREE_FAILURES = 10; // A company behind one address, some of whose people mistype.
const FIRST_WAIT_MS = 5_000;
const WAIT_MS_MAX = 30 * 60_000; // Longer would lock out a whole company.
const FORGET_MS = 86_400_000;

export type PdfAddressCommand =
  | { readonly type: 'FailPdfAddress'; readonly at: Instant }
  | { readonly type: 'ClearPdfAddress'; readonly at: Instant };

export type PdfAddressEvent =
  | { readonly type: 'PdfAddressFailed'; readonly at: Instant }
  | { readonly type: 'PdfAddressCleared'; readonly at: Instant };

export interface PdfAddress {
  readonly failures: number;
  readonly last: Instant;
  /** Before this no attempt is judged. */
  readonly lockedUntil: Instant;
}

export const pdfAddressDecider: Decider<PdfAddressCommand, PdfAddressEvent, PdfAddress, 'locked'> = {
  zero: { failures: 0, last: 0, lockedUntil: 0 },
  decide,
  evolve,
  schemas: { PdfAddressFailed: 1, PdfAddressCleared: 1 },
};

function decide(command: PdfAddressCommand, address: PdfAddress): Decision<PdfAddressEvent, 'locked'> {
  const { at } = command;
  switch (command.type) {
    case 'FailPdfAddress':
      return at < address.lockedUntil ? refuse('locked') : accept({ type: 'PdfAddressFailed', at });
    case 'ClearPdfAddress':
      return address.failures === 0 ? accept() : accept({ type: 'PdfAddressCleared', at });
  }
}

function evolve(address: PdfAddress, event: PdfAddressEvent): PdfAddress {
  if (event.type === 'PdfAddressCleared') return { ...pdfAddressDecider.zero, last: event.at };
  const before = event.at - address.last < FORGET_MS ? address.failures : 0;
  const failures = before + 1;
  const beyond = failures - FREE_FAILURES;
  const wait = beyond < 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** beyond, WAIT_MS_MAX);
  return { failures, last: event.at, lockedUntil: event.at + wait };
}
