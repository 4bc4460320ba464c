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
  grantSchema,
  heldSchema,
  notClaimedSchema,
  progressBodySchema,
  SIZE_HEADER,
  takeSchema,
} from './shadow-protocol.ts';
import type { Takeover } from './takeover.ts';

export interface CopyRoutesPorts {
  readonly self: () => string;
  readonly store: CopyStore;
  readonly notesOf: (owner: string) => OwnerNotes;
  readonly takeover: Takeover;
  readonly promises: Promises;
  readonly adoption: Pick<Adoption, 'take'>;
}

const NO_CONTENT: PeerAnswer = { status: 204 };

export function copyRoutes(ports: CopyRoutesPorts): PeerRoute[] {
  const { store, notesOf, takeover, promises, adoption } = ports;

  function refusal(owner: string, epoch: number): PeerAnswer | null {
    const stand = takeover.refusalOf(owner, epoch);
    return stand === null ? null : jsonAnswer(stand, 409);
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

  /** Owners that are back and have asked what was adopted, with their epoch then: nothing more is granted of theirs. */
  const askedUnder = new Map<string, number>();

  /**
   * An owner that comes back asks: what is here below its new epoch is adopted, if not yet then soon. Noted before it is
   * said, since the owner drops those mails.
   */
  async function adoptedOf(
    owner: string,
    { since, epoch, ids }: z.infer<typeof adoptedSchema>,
  ): Promise<PeerAnswer> {
    const notes = notesOf(owner);
    askedUnder.set(owner, epoch);
    const held = new Set<string>();
    for (const one of store.epochsOf(owner)) if (one.epoch < epoch) for (const id of one.ids) held.add(id);
    const open = ids.filter((id) => held.has(id));
    await notes.noteAdopted(open, epoch, ports.self());
    return jsonAnswer({ ids: notes.adoptedSince(since, ids), claimants: notes.claimantsSince(since) });
  }

  /** 503: this gateway has not the say about these mails, or not any more. */
  async function grantTo(
    holder: string,
    { of, epoch, ids }: z.infer<typeof grantSchema>,
  ): Promise<PeerAnswer> {
    const stand = takeover.standOf(of);
    const isMine = stand !== null && stand.owner === ports.self() && stand.epoch === epoch;
    if (!isMine || (askedUnder.get(of) ?? 0) > epoch) return { status: 503 };
    const notes = notesOf(of);
    const held = new Set<string>();
    for (const one of store.epochsOf(of)) for (const id of one.ids) held.add(id);
    const granted = ids.filter((id) => !held.has(id) && (notes.adopterOf(id) ?? holder) === holder);
    await notes.noteAdopted(granted, epoch, holder);
    const given = new Set(granted);
    return jsonAnswer({ granted, taken: ids.filter((id) => !given.has(id)) });
  }

  /** The owner is back under this epoch and at rest: what it was not told to be adopted here is its own, or done. */
  async function dropVoid(owner: string, epoch: number): Promise<void> {
    const notes = notesOf(owner);
    for (const one of store.epochsOf(owner)) {
      if (one.epoch >= epoch) continue;
      await store.discard(
        owner,
        [...one.ids].filter((id) => notes.adopterOf(id) === null),
      );
    }
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
        const refused = refusal(request.from, epoch);
        if (refused !== null) return refused;
        await dropVoid(request.from, epoch);
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
    adopted: (request) => answered(request, adoptedSchema, (asked) => adoptedOf(request.from, asked)),
    grant: (request) => answered(request, grantSchema, (asked) => grantTo(request.from, asked)),
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
