/**
 * Tells `receive` which mail domains are ours, by a file: there is no other way from here to there.
 *
 * Written anew when the domains change; `receive` refuses recipients from outside for any other domain, so that the
 * gateway is no relay and sends no backscatter.
 */
import { renameSync, writeFileSync } from 'node:fs';
import type { Layout } from '#node/config/layout.ts';
import type { Log } from '#node/log.ts';
import type { ReadModels } from '#projections/read-models.ts';

const CHECK_MS = 500; // A new domain takes mail half a second after it was added.

/** A storage format, read by `receive`. */
interface ReceivePolicy {
  readonly v: 1;
  readonly domains: readonly string[];
}

/** Gives the function that stops it. */
export function publishReceivePolicy(layout: Layout, models: ReadModels, log: Log): () => void {
  let published = '';
  const publish = (): void => {
    const policy: ReceivePolicy = { v: 1, domains: [...models.people.domains()].map((d) => d.domain).sort() };
    const text = JSON.stringify(policy);
    if (text === published) return;
    try {
      writeFileSync(`${layout.receivePolicy}.tmp`, text, { mode: 0o640 });
      renameSync(`${layout.receivePolicy}.tmp`, layout.receivePolicy);
      published = text;
    } catch (error) {
      log.error({ error: (error as Error).message }, 'mail domains not published');
    }
  };
  publish();
  const timer = setInterval(publish, CHECK_MS);
  return () => clearInterval(timer);
}
