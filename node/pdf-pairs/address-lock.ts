/** Wrong passwords from one address, counted in the log, so that all gateways of a cluster know of them. */
import { createHash } from 'node:crypto';
import { foldStream } from '#domain/decider.ts';
import { pdfAddressDecider, pdfAddressStream } from '#domain/pdf/pdf-address.ts';
import { type CommandMeta, execute } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { networkOf } from '#node/sign-in/lock-out.ts';

type Ledger = Pick<LedgerPort, 'readStream' | 'append'>;

const DIGEST_CHARS = 32; // 128 bits: no two addresses are one.

function streamOf(address: string): string {
  const digest = createHash('sha256')
    .update(`pdf-address|${networkOf(address)}`)
    .digest('hex');
  return pdfAddressStream(digest.slice(0, DIGEST_CHARS));
}

/** Until when an attempt from there is not looked at; 0 = now. */
export async function addressLockedUntil(ledger: Ledger, address: string, atMs: number): Promise<number> {
  const { lockedUntil } = foldStream(pdfAddressDecider, await ledger.readStream(streamOf(address)));
  return atMs < lockedUntil ? lockedUntil : 0;
}

export async function recordAddress(
  ledger: Ledger,
  address: string,
  end: 'wrong' | 'right',
  meta: CommandMeta,
): Promise<void> {
  const type = end === 'wrong' ? 'FailPdfAddress' : 'ClearPdfAddress';
  const own = { ...meta, requestId: `${meta.requestId}|address` };
  await execute(ledger, pdfAddressDecider, streamOf(address), { type, at: meta.atMs }, own);
}
