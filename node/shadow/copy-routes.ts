/**
 * What the owners of mails may ask of the holder of their copies (shadow-protocol.ts).
 *
 * The asking gateway is the one its certificate names; it reaches its own copies only. What it asks under an epoch that
 * is over is refused with 409 and who has taken over.
 */
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import {
  jsonAnswer,
  type PeerAnswer,
  type PeerRequest,
  type PeerRoute,
  wholeBody,
} from '#node/peer/peer-route.ts';
import { isSpoolId } from '#node/spool/spool-id.ts';
import type { Adoption } from './adoption.ts';
import { CopyError, type CopyStore } from './copy-store.ts';
import type { OwnerNotes } from './owner-notes.ts';
import type { Promises } from './promises.ts';
import {
  adoptedSchema,
  BODY_BYTES_MAX,
  discardSchema,
  EPOCH_HEADER,
  heldSchema,
  notClaimedSchema,
  progressBodySchema,
  SIZE_HEADER,
  takeSchema,
} from './shadow-protocol.ts';
import type { Takeover } from './takeover.ts';

export interface CopyRoutesPorts {
  readonly store: CopyStore;
  readonly notesOf: (owner: string) => OwnerNotes;
  readonly takeover: Takeover;
  readonly promises: Promises;
  readonly adoption: Pick<Adoption, 'take'>;
}

const NO_CONTENT: PeerAnswer = { status: 204 };

export function copyRoutes(ports: CopyRoutesPorts): PeerRoute[] {
  const { store, notesOf, takeover, promises, adoption } = ports;

  /** null: the epoch is the owner's. */
  function refusal(owner: string, epoch: number): PeerAnswer | null {
    const stand = takeover.standOf(owner);
    if (stand === null) return null;
    const isOver = stand.epoch > epoch || (stand.epoch === epoch && stand.owner !== owner);
    return isOver ? jsonAnswer(stand, 409) : null;
  }

  async function put(request: PeerRequest): Promise<PeerAnswer> {
    const [id = ''] = request.path;
    const epoch = numberIn(request, EPOCH_HEADER);
    const sizeBytes = numberIn(request, SIZE_HEADER);
    if (!isSpoolId(id) || epoch === null || sizeBytes === null) return { status: 400 };
    const refused = refusal(request.from, epoch);
    if (refused !== null) return refused;
    try {
      await store.put(request.from, epoch, id, request.body, sizeBytes);
    } catch (error) {
      if (!(error instanceof CopyError)) throw error;
      return { status: error.code === 'full' ? 507 : 400 };
    }
    return NO_CONTENT;
  }

  const POSTS: Record<string, (request: PeerRequest) => Promise<PeerAnswer>> = {
    discard: (request) =>
      answered(request, discardSchema, async ({ epoch, ids }) => {
        const refused = refusal(request.from, epoch);
        if (refused !== null) return refused;
        await store.discard(request.from, ids);
        notesOf(request.from).forgetProgress(ids);
        return NO_CONTENT;
      }),
    progress: (request) =>
      answered(request, progressBodySchema, async ({ epoch, progress }) => {
        const refused = refusal(request.from, epoch);
        if (refused !== null) return refused;
        await notesOf(request.from).addProgress(progress);
        return NO_CONTENT;
      }),
    held: (request) =>
      answered(request, heldSchema, async ({ epoch }) => {
        const held = store.epochsOf(request.from).find((one) => one.epoch === epoch);
        return jsonAnswer({ ids: [...(held?.ids ?? [])] });
      }),
    'not-claimed': (request) =>
      answered(request, notClaimedSchema, async ({ epoch, forMs }) => {
        const refused = refusal(request.from, epoch);
        if (refused !== null) return refused;
        if (takeover.isClaiming(request.from)) return jsonAnswer({ promised: false });
        promises.give(request.from, forMs);
        return jsonAnswer({ promised: true });
      }),
    adopted: (request) =>
      answered(request, adoptedSchema, async ({ of, epoch, ids }) => {
        const owner = of ?? request.from;
        const notes = notesOf(owner);
        const held = new Set<string>();
        // To the owner all that is here below its new epoch counts as adopted: it will be. To another holder it does not,
        // or both would leave a mail to each other.
        if (of === undefined) {
          for (const one of store.epochsOf(owner)) {
            if (one.epoch < epoch) for (const id of one.ids) held.add(id);
          }
        }
        return jsonAnswer({ ids: ids.filter((id) => notes.isAdopted(id) || held.has(id)) });
      }),
    take: (request) =>
      answered(request, takeSchema, async ({ epoch, ids }) => {
        const refused = refusal(request.from, epoch);
        if (refused !== null) return refused;
        return jsonAnswer({ taken: await adoption.take(request.from, ids) });
      }),
  };

  return [
    { method: 'PUT', prefix: 'shadow', handle: put },
    {
      method: 'POST',
      prefix: 'shadow',
      handle: async (request) => {
        const [what = ''] = request.path;
        const post = Object.hasOwn(POSTS, what) ? POSTS[what] : undefined;
        return post ? post(request) : { status: 404 };
      },
    },
  ];
}

function numberIn({ headers }: PeerRequest, name: string): number | null {
  const text = headers[name];
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

async function answered<T>(
  { body }: { body: Readable },
  schema: z.ZodType<T>,
  answer: (asked: T) => Promise<PeerAnswer>,
): Promise<PeerAnswer> {
  const bytes = await wholeBody(body, BODY_BYTES_MAX);
  if (bytes === null) return { status: 413 };
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { status: 400 };
  }
  const asked = schema.safeParse(value);
  return asked.success ? answer(asked.data) : { status: 400 };
}
