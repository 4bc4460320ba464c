/**
 * What gateways say to each other about copies of accepted mails: requests below `/shadow/`, their bodies and limits.
 *
 * Shape:  the asking gateway is always the owner of the mails it names; a copy is told by its mail's spool id.
 *   PUT  shadow/<spoolId>       the sealed mail; headers EPOCH_HEADER and SIZE_HEADER. 204 when it is on stable storage
 *   POST shadow/discard         {epoch, ids}: these mails are done
 *   POST shadow/progress        {epoch, progress}: what is done of mails that are not
 *   POST shadow/held            {epoch}: which ids are held under this epoch; earlier ones not adopted are void
 *   POST shadow/not-claimed     {epoch, forMs}: promise not to take the spool over for so long
 *   POST shadow/adopted         {since, epoch, ids}: my spool was taken over after epoch `since`, and I am back under
 *                               `epoch`: which of these did you adopt, or grant to another holder?
 *   POST shadow/grant           {of, epoch, ids}: you have the spool of that gateway since `epoch`: may I adopt these?
 *   POST shadow/take            {epoch, ids}: take these into your own line now (a gateway that leaves)
 * Errors: 409 with CLAIMED when the epoch is over: another gateway has taken over the spool. 507: no room.
 */
import { z } from 'zod';
import { isSpoolId } from '#node/spool/spool-id.ts';

export const EPOCH_HEADER = 'x-sealgate-epoch';
export const SIZE_HEADER = 'x-sealgate-size';

/** Of one request: 10,000 ids of some 70 octets. */
export const IDS_MAX = 10_000;
export const BODY_BYTES_MAX = 8 * 1024 * 1024;

const epoch = z.number().int().nonnegative();
const spoolId = z.string().refine(isSpoolId, 'not a spool id');
const ids = z.array(spoolId).max(IDS_MAX);

/** Recipients of the mail that need nothing more, and names of queued copies that have left; both only grow. */
export const progressSchema = z.strictObject({
  spoolId,
  recipients: z.array(z.string()),
  left: z.array(z.string()),
});
export type Progress = z.infer<typeof progressSchema>;

export const discardSchema = z.strictObject({ epoch, ids });
export const progressBodySchema = z.strictObject({ epoch, progress: z.array(progressSchema).max(IDS_MAX) });
export const heldSchema = z.strictObject({ epoch });
export const notClaimedSchema = z.strictObject({ epoch, forMs: z.number().int().positive().max(60_000) });
const node = z.string().regex(/^[a-z0-9-]{1,80}$/);
export const adoptedSchema = z.strictObject({ since: epoch, epoch, ids });
export const grantSchema = z.strictObject({ of: node, epoch, ids });
export const takeSchema = z.strictObject({ epoch, ids });

export const heldAnswerSchema = z.object({ ids: z.array(spoolId) });
export const notClaimedAnswerSchema = z.object({ promised: z.boolean() });
/** `claimants` had the spool before the answering one and may have adopted more. */
export const adoptedAnswerSchema = z.object({ ids: z.array(spoolId), claimants: z.array(node) });
export const takeAnswerSchema = z.object({ taken: z.array(spoolId) });
export const grantAnswerSchema = z.object({ granted: z.array(spoolId), taken: z.array(spoolId) });
export const claimedAnswerSchema = z.object({ epoch, owner: z.string() });
