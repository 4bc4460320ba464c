/**
 * Tells the main thread what a partner's mail program can read, not again with each of its mails: within some minutes
 * the same announcement says nothing new, and one that could not be recorded is repeated after them.
 */
import type { AnnouncedCapabilities, Ask } from './facts.ts';

const SAID_MS = 5 * 60_000; // A partner that was forgotten meanwhile is known again within five minutes.
const SAID_MAX = 1000; // Busy partners of a thread; beyond it all are told once more.

/** What was announced last for each address, and until when it need not be said again. */
const said = new Map<string, { what: string; untilMs: number }>();

export async function announce(ask: Ask, announced: AnnouncedCapabilities): Promise<void> {
  const { address, capabilities, certificate } = announced;
  const octets = (parameters: Uint8Array | null): string =>
    parameters === null ? '' : Buffer.from(parameters).toString('hex');
  const what = `${certificate} ${capabilities.map(({ oid, parameters }) => `${oid}=${octets(parameters)}`)}`;
  const before = said.get(address);
  const nowMs = performance.now();
  if (before?.what === what && nowMs < before.untilMs) return;
  if (said.size >= SAID_MAX) said.clear();
  said.set(address, { what, untilMs: nowMs + SAID_MS });
  await ask('announced', announced);
}
