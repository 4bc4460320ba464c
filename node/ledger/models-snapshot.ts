/**
 * Read models as a snapshot beside the log, so that a start replays only what came after it.
 *
 * A snapshot counts only when the same program wrote it and the log knows its head; otherwise all is replayed, which
 * gives the same state. So a snapshot that cannot be written or read is never an error.
 */
import { deserialize, serialize } from 'node:v8';
import type { Head } from '#consensus/event-log.ts';
import { VERSION } from '#node/version.ts';
import { READ_MODELS_FORMAT, ReadModels } from '#projections/read-models.ts';
import type { LedgerPort } from './port.ts';

const NAME = `read-models-${READ_MODELS_FORMAT}`;

/** What is written down, in the structured clone format of V8, which newer ones of it read too. */
interface WrittenModels {
  readonly version: string;
  readonly state: ReturnType<ReadModels['save']>;
}

/** True when the models stand where the snapshot was taken; false leaves them as they were. */
export async function restoreModels(
  ledger: Pick<LedgerPort, 'snapshots'>,
  models: ReadModels,
): Promise<boolean> {
  try {
    const snapshot = await ledger.snapshots.load(NAME);
    if (!snapshot) return false;
    const written = deserialize(snapshot.data) as WrittenModels; // The store checked its hash: it is what was saved.
    if (written.version !== VERSION || written.state.position !== snapshot.at.position) return false;
    new ReadModels().restore(written.state); // Throws when it does not fit, before anything is changed.
    models.restore(written.state);
    return true;
  } catch {
    return false;
  }
}

/** `at` is the head that the models have seen. Resolves, always, when it was written or could not be. */
export async function saveModels(
  ledger: Pick<LedgerPort, 'snapshots'>,
  models: ReadModels,
  at: Head,
): Promise<void> {
  try {
    const written: WrittenModels = { version: VERSION, state: models.save() };
    const { position, hash, generation } = at;
    await ledger.snapshots.save(NAME, { position, hash, generation }, serialize(written));
  } catch {
    // The next start replays more.
  }
}
