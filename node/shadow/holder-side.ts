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
import type { SidePorts } from './shadow-ports.ts';
import { grantAnswerSchema } from './shadow-protocol.ts';
import { Takeover } from './takeover.ts';

export interface HolderSide {
  readonly store: CopyStore;
  readonly takeover: Takeover;
  readonly notesOf: (owner: string) => OwnerNotes;
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
  const self = (): string => view()?.self ?? '';
  const adopting = adoption({
    layout,
    self,
    store,
    notesOf,
    async askGrant(claimant, owner, epoch, ids) {
      const pieces = await askInPieces(ids, async (piece) => {
        const question = { of: owner, epoch, ids: piece };
        const answer = await ask(client, claimant, 'grant', question, grantAnswerSchema);
        return answer && [answer];
      });
      return (
        pieces && { granted: pieces.flatMap((one) => one.granted), taken: pieces.flatMap((one) => one.taken) }
      );
    },
    onAdopted,
    log,
  });
  const promises = promisesIn({ folderOf: (owner) => store.folderOf(owner), bootId, nowNs });
  const onFollowed = (owner: string, epoch: number, before: string): Promise<void> =>
    notesOf(owner).noteClaim(epoch, before);
  const takeover = new Takeover({ cluster, store, promises, adopt: adopting.adopt, onFollowed, log });
  return {
    store,
    takeover,
    notesOf,
    routes: copyRoutes({ self, store, notesOf, takeover, promises, adoption: adopting }),
    async stop() {
      await adopting.close();
      for (const one of notes.values()) await one.close();
      await store.close();
    },
  };
}
