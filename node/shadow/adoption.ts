/**
 * Makes copies of another gateway's mails own mails: noted as adopted, then moved into the spool of the mail line, under
 * the same name. What is derived from a mail is named by its spool id, so it is the same as the owner would have made.
 *
 * Only the gateway that has the owner's spool decides (takeover.ts): another holder asks it for a grant. A crash in
 * between is harmless: noted mails still lie among the copies and are moved by the next look; a moved one is a spooled
 * mail like any other.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import type { Log } from '#node/log.ts';
import { FolderSync } from '#node/spool/folder-sync.ts';
import { SPOOL_FILE_SUFFIX } from '#node/spool/spool-id.ts';
import type { CopyStore } from './copy-store.ts';
import { writeDone } from './done-recipients.ts';
import type { OwnerNotes } from './owner-notes.ts';
import type { SpoolStand } from './takeover.ts';

const AT_ONCE = 200; // Mails between two syncs.

export interface Grant {
  /** The asking holder adopts these. */
  readonly granted: readonly string[];
  /** These are with another gateway; the copies are void. */
  readonly taken: readonly string[];
}

export interface AdoptionPorts {
  readonly layout: Layout;
  readonly self: () => string;
  readonly store: CopyStore;
  readonly notesOf: (owner: string) => OwnerNotes;
  /** Asks the gateway that has the owner's spool; null: no answer. */
  readonly askGrant: (
    claimant: string,
    owner: string,
    epoch: number,
    ids: readonly string[],
  ) => Promise<Grant | null>;
  /** They are own mails now, without a copy. */
  readonly onAdopted: (ids: readonly string[]) => void;
  readonly log: Log;
}

export interface Adoption {
  /** What is held of this epoch, as far as it is this gateway's to adopt. */
  adopt(owner: string, epoch: number, stand: SpoolStand): Promise<void>;
  /** These alone, of whatever epoch; gives those that are this gateway's now. */
  take(owner: string, ids: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

export function adoption(ports: AdoptionPorts): Adoption {
  const { layout, store, notesOf, log } = ports;
  let ready: Promise<FolderSync> | null = null;

  async function move(owner: string, epoch: number, ids: readonly string[], claim: number): Promise<void> {
    const notes = notesOf(owner);
    mkdirSync(layout.spoolReady, { recursive: true, mode: 0o700 });
    ready ??= FolderSync.open(layout.spoolReady);
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const batch = ids.slice(at, at + AT_ONCE);
      await notes.noteAdopted(batch, claim, ports.self());
      const moved = batch.filter((id) => {
        const progress = notes.progressOf(id);
        if (progress !== null) writeDone(layout, progress);
        return store.moveOut(owner, epoch, id, join(layout.spoolReady, `${id}${SPOOL_FILE_SUFFIX}`));
      });
      await (await ready).sync();
      notes.forgetProgress(batch);
      ports.onAdopted(moved);
    }
  }

  /** Those of `held` that are this gateway's now; the others' copies are removed. */
  async function decided(
    owner: string,
    held: readonly string[],
    stand: SpoolStand,
  ): Promise<readonly string[]> {
    const notes = notesOf(owner);
    const own = held.filter((id) => notes.adopterOf(id) === ports.self());
    const open = held.filter((id) => notes.adopterOf(id) === null);
    if (open.length === 0 || stand.owner === owner) return own;
    if (stand.owner === ports.self()) return [...own, ...open];
    const grant = await ports.askGrant(stand.owner, owner, stand.epoch, open);
    if (grant === null) return own;
    await store.discard(owner, grant.taken);
    return [...own, ...grant.granted];
  }

  return {
    async adopt(owner, epoch, stand) {
      const held = store.epochsOf(owner).find((one) => one.epoch === epoch)?.ids ?? new Set<string>();
      const ids = [...(await decided(owner, [...held], stand))].filter((id) => held.has(id));
      if (ids.length === 0) return;
      await move(owner, epoch, ids.sort(), stand.epoch); // Oldest first: the ids begin with the time.
      log.warn({ owner, epoch, mails: ids.length }, 'mails of another gateway adopted');
    },
    async take(owner, ids) {
      const taken: string[] = [];
      for (const { epoch, ids: held } of store.epochsOf(owner)) {
        const here = ids.filter((id) => held.has(id));
        await move(owner, epoch, here, epoch);
        taken.push(...here);
      }
      // Asked again, since the answer was lost.
      const before = ids.filter((id) => !taken.includes(id) && notesOf(owner).adopterOf(id) === ports.self());
      return [...taken, ...before];
    },
    async close() {
      await (await ready)?.close();
    },
  };
}
