/** What all sessions of the receiving process share. */
import type { Settings } from '#node/config/settings.ts';
import type { Log } from '#node/log.ts';
import type { SecondCopy } from '#node/shadow/second-copy.ts';
import type { SpoolWriter } from '#node/spool/spool-writer.ts';
import type { Journal } from '#node/trace/journal.ts';
import type { OwnDomains } from './own-domains.ts';

export interface ReceiveContext {
  readonly settings: Settings;
  readonly spool: SpoolWriter;
  readonly secondCopy: SecondCopy;
  readonly journal: Journal;
  readonly log: Log;
  readonly ownDomains: OwnDomains;
  isStopping(): boolean;
}
