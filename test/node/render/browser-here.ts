/** Debian's Chromium as the second renderer, without a process around it; shut in as far as this machine allows. */
import { printOnce } from '#node/render/chromium.ts';
import { confinementHere } from '#node/render/confinement.ts';
import type { PrintPages } from '#node/render/port.ts';

export const CHROMIUM = process.env.SEALGATE_TEST_CHROMIUM ?? '/usr/bin/chromium';
/** Slow machines with several tests at once. */
const BUDGET = { program: CHROMIUM, timeoutMs: 100_000, memoryMb: 4000 };

export function browserHere(budget: Partial<typeof BUDGET> = {}): PrintPages {
  const confinement = confinementHere();
  return (request) => printOnce(request, { ...BUDGET, ...budget }, confinement, false);
}
