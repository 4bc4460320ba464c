/**
 * This gateway as the holder of copies: keeps them, answers their owners, takes over when an owner is gone.
 */
import type { PeerRoute } from '#node/peer/peer-route.ts';
import { adoption } from './adoption.ts';
import { ask, askInPieces } from './ask-gateway.ts';
import { copyRoutes } from './copy-routes.ts';
import { CopyStore } from './copy-store.ts';
import { OwnerNotes } from './owner-notes.ts';
import { promisesIn } from './promises.ts';
import { livingOthers, type SidePorts } from './shadow-ports.ts';
import { adoptedAnswerSchema } from './shadow-protocol.ts';
import { Takeover } from './takeover.ts';

export interface HolderSide {
  readonly store: CopyStore;
  readonly takeover: Takeover;
  readonly routes: readonly PeerRoute[];
  stop(): Promise<void>;
}

export function holderSide(ports: SidePorts, onAdopted: (ids: readonly string[]) => void): HolderSide {
  const { settings, layout, log, cluster, client, view, nowNs, bootId } = ports;
  const store = new CopyStore(layout.shadow, settings.receive.freeBytesMin);
  const notes = new Map<string, OwnerNotes>();
  const notesOf = (owner: string): OwnerNotes => {
    const known = notes.get(owner) ?? new OwnerNotes(store.folderOf(owner));
    notes.set(owner, known);
    return known;
  };
  const adopting = adoption({
    layout,
    store,
    notesOf,
    adoptedElsewhere: async (owner, epoch, ids) => {
      const others = livingOthers(view()).filter((node) => node !== owner);
      const askOne = (node: string): Promise<string[] | null> =>
        askInPieces(ids, async (piece) => {
          const question = { of: owner, epoch, ids: piece };
          return (await ask(client, node, 'adopted', question, adoptedAnswerSchema))?.ids ?? null;
        });
      return (await Promise.all(others.map(askOne))).flatMap((answer) => answer ?? []);
    },
    onAdopted,
    log,
  });
  const promises = promisesIn({ folderOf: (owner) => store.folderOf(owner), bootId, nowNs });
  const takeover = new Takeover({ cluster, store, promises, adopt: adopting.adopt, log });
  return {
    store,
    takeover,
    routes: copyRoutes({ store, notesOf, takeover, promises, adoption: adopting }),
    async stop() {
      await adopting.close();
      for (const one of notes.values()) await one.close();
      await store.close();
    },
  };
}
