/**
 * The two ways in which the octets of a message arrive: DATA, ended by CRLF.CRLF, and BDAT, counted (RFC 3030).
 */
import { BodyReader } from './body-reader.ts';
import { MORE_WANTED, type OctetTaker } from './command-stream.ts';
import type { MailIntake } from './mail-intake.ts';
import { REPLIES } from './replies.ts';

/** `ended` replies; the commands behind the message wait for it. */
export function dataTaker(intake: MailIntake, ended: () => Promise<void>): OctetTaker {
  const reader = new BodyReader(true);
  return {
    take(chunk) {
      const { pieces, end } = reader.read(chunk);
      const wait = pushAll(intake, pieces, reader);
      if (end !== MORE_WANTED) return ended().then(() => end);
      return wait ? wait.then(() => MORE_WANTED) : MORE_WANTED;
    },
  };
}

/**
 * One chunk of `sizeBytes` > 0. The `reader` lives as long as the message; without an intake the octets are dropped,
 * so that what follows them is still read as commands (RFC 3030 §4.2).
 */
export function chunkTaker(
  intake: MailIntake | null,
  reader: BodyReader,
  sizeBytes: number,
  ended: () => Promise<void>,
): OctetTaker {
  let left = sizeBytes;
  return {
    take(chunk) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      const wait = intake ? pushAll(intake, reader.read(part).pieces, reader) : undefined;
      if (left === 0) return ended().then(() => part.length);
      return wait ? wait.then(() => MORE_WANTED) : MORE_WANTED;
    },
  };
}

function pushAll(
  intake: MailIntake,
  pieces: readonly Uint8Array[],
  reader: BodyReader,
): Promise<void> | undefined {
  let wait: Promise<void> | undefined;
  for (const piece of pieces) wait = intake.push(piece) ?? wait;
  if (reader.bareLineEnd) intake.refuse(REPLIES.bareLineEnds);
  return wait;
}
