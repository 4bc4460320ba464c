/**
 * Makes copies of another gateway's mails own mails: noted as adopted, then moved into the spool of the mail line, under
 * the same name. What is derived from a mail is named by its spool id, so it is the same as the owner would have made.
 *
 * A crash in between is harmless: noted mails still lie among the copies and are moved by the next look; a moved one is
 * a spooled mail like any other. Other gateways that may have adopted a stale copy's mail are asked first.
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

const AT_ONCE = 200; // Mails between two syncs.

export interface AdoptionPorts {
  readonly layout: Layout;
  readonly store: CopyStore;
  readonly notesOf: (owner: string) => OwnerNotes;
  /** Which of these have been adopted elsewhere, as far as the others answer. */
  readonly adoptedElsewhere: (owner: string, epoch: number, ids: readonly string[]) => Promise<string[]>;
  /** They are own mails now, without a copy. */
  readonly onAdopted: (ids: readonly string[], owner: string) => void;
  readonly log: Log;
}

export interface Adoption {
  /** All that is held below this epoch. */
  adopt(owner: string, epoch: number): Promise<void>;
  /** These alone, of whatever epoch; gives those that were here. */
  take(owner: string, ids: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

export function adoption(ports: AdoptionPorts): Adoption {
  const { layout, store, notesOf, log } = ports;
  let ready: Promise<FolderSync> | null = null;

  async function move(owner: string, epoch: number, ids: readonly string[]): Promise<void> {
    const notes = notesOf(owner);
    mkdirSync(layout.spoolReady, { recursive: true, mode: 0o700 });
    ready ??= FolderSync.open(layout.spoolReady);
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const batch = ids.slice(at, at + AT_ONCE);
      await notes.noteAdopted(batch);
      const moved = batch.filter((id) => {
        const progress = notes.progressOf(id);
        if (progress !== null) writeDone(layout, progress);
        return store.moveOut(owner, epoch, id, join(layout.spoolReady, `${id}${SPOOL_FILE_SUFFIX}`));
      });
      await (await ready).sync();
      notes.forgetProgress(batch);
      ports.onAdopted(moved, owner);
    }
  }

  return {
    async adopt(owner, epoch) {
      const held = store.epochsOf(owner).find((one) => one.epoch === epoch)?.ids ?? new Set();
      const ids = [...held].sort(); // Oldest first: the ids begin with the time.
      if (ids.length === 0) return;
      const elsewhere = new Set(await ports.adoptedElsewhere(owner, epoch, ids));
      if (elsewhere.size > 0) await store.discard(owner, [...elsewhere]);
      const own = ids.filter((id) => !elsewhere.has(id) && held.has(id));
      await move(owner, epoch, own);
      log.warn(
        { owner, epoch, mails: own.length, elsewhere: elsewhere.size },
        'mails of another gateway adopted',
      );
    },
    async take(owner, ids) {
      const taken: string[] = [];
      for (const { epoch, ids: held } of store.epochsOf(owner)) {
        const here = ids.filter((id) => held.has(id));
        await move(owner, epoch, here);
        taken.push(...here);
      }
      return taken;
    },
    async close() {
      await (await ready)?.close();
    },
  };
}
