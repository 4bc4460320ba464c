/**
 * "Prepare for signing" (RFC 8551 §3.1, RFC 3156 §3): a body in the form that passes any relay unchanged.
 *
 * 8bit and binary leaves become quoted-printable or base64, line ends CRLF, long lines encoded; delimiters stay.
 * What needs nothing stays byte for byte. What another signature or ciphertext covers is never touched; `sevenBit`
 * tells whether the result is 7-bit all the same. Nothing is held in memory: each call of `body` streams anew.
 */
import { Buffer } from 'node:buffer';
import type { Octets } from '#domain/mail/octets.ts';
import { decodeBase64, encodeBase64 } from '#domain/mime/base64.ts';
import { type Findings, inspect, isSevenBit, lineEndsToCrlf } from '#domain/mime/findings.ts';
import { decodeQuotedPrintable, encodeQuotedPrintable } from '#domain/mime/quoted-printable.ts';
import { contentFields, endedField, isContentField } from '#domain/mime/split-header.ts';
import { asciiBytes } from '#domain/mime/text.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';

interface PreparedBody {
  /** The Content-Transfer-Encoding that the body now has; null = that of the entity, unchanged. */
  readonly encoding: 'quoted-printable' | 'base64' | '7bit' | null;
  readonly sevenBit: boolean;
  /** Nothing had to be done: `body` gives the original bytes. */
  readonly unchanged: boolean;
  body(): Iterable<Uint8Array>;
}

/** OpenPGP text signatures do not cover white space at the end of a line: such lines are encoded (RFC 3156 §5). */
export type SigningPurpose = 'smime' | 'openpgp';

export function prepareForSigning(octets: Octets, entity: MimeEntity, purpose: SigningPurpose): PreparedBody {
  const plan = planBody({ octets, purpose }, entity);
  return {
    encoding: plan.encoding,
    sevenBit: plan.sevenBit,
    unchanged: plan.steps === null,
    body: () => run(octets, plan.steps ?? [copy(entity.bodyStart, entity.end)]),
  };
}

type Transform = 'none' | 'crlf' | 'to-quoted-printable' | 'to-base64';
type Step =
  | { readonly bytes: Uint8Array }
  | {
      readonly start: number;
      readonly end: number;
      readonly decode: string;
      readonly transforms: readonly Transform[];
    };

/** `steps` null = the original bytes. */
interface Plan {
  readonly steps: readonly Step[] | null;
  readonly encoding: PreparedBody['encoding'];
  readonly sevenBit: boolean;
}
interface Context {
  readonly octets: Octets;
  readonly purpose: SigningPurpose;
}

const copy = (start: number, end: number): Step => ({ start, end, decode: '', transforms: [] });

function* run(octets: Octets, steps: readonly Step[]): Generator<Uint8Array> {
  for (const step of steps) {
    if ('bytes' in step) {
      yield step.bytes;
      continue;
    }
    let pieces: Iterable<Uint8Array> = octets.chunks(step.start, step.end);
    if (step.decode === 'base64') pieces = decodeBase64(pieces);
    if (step.decode === 'quoted-printable') pieces = decodeQuotedPrintable(pieces);
    for (const transform of step.transforms) {
      if (transform === 'crlf') pieces = lineEndsToCrlf(pieces);
      if (transform === 'to-quoted-printable') pieces = encodeQuotedPrintable(pieces);
      if (transform === 'to-base64') pieces = encodeBase64(pieces);
    }
    yield* pieces;
  }
}

function planBody(context: Context, entity: MimeEntity): Plan {
  const type = entity.contentType.value;
  // Signed or encrypted by someone else: every octet counts.
  if (type === 'multipart/signed' || type === 'multipart/encrypted') return planUntouched(context, entity);
  if (entity.children.length === 0) return planLeaf(context, entity);
  return planComposite(context, entity);
}

function planUntouched({ octets }: Context, entity: MimeEntity): Plan {
  const findings = inspect(octets.chunks(entity.bodyStart, entity.end));
  return { steps: null, encoding: null, sevenBit: isSevenBit(findings) };
}

function planLeaf({ octets, purpose }: Context, entity: MimeEntity): Plan {
  const findings = inspect(octets.chunks(entity.bodyStart, entity.end));
  const type = entity.contentType.value;
  const declared = entity.encoding;
  const sevenBit = isSevenBit(findings);
  const isText = type.startsWith('text/');
  // A line that a relay may change, in text that stands there as it is.
  const endangered =
    isText &&
    isIdentity(declared) &&
    (findings.hasFromLine || (purpose === 'openpgp' && findings.hasTrailingSpace));
  if (sevenBit && !endangered) {
    const encoding = declared === '8bit' || declared === 'binary' ? '7bit' : null;
    return { steps: null, encoding, sevenBit };
  }
  const known = isIdentity(declared) || declared === 'base64' || declared === 'quoted-printable';
  // RFC 2046 §5.2: of all message types only rfc822 and global may be other than 7-bit, and none may be encoded.
  if (!known || type.startsWith('message/') || type.startsWith('multipart/')) {
    return { steps: null, encoding: null, sevenBit };
  }
  const encoding = encodingFor(entity, findings, isText);
  const transforms: Transform[] = isText && !findings.hasNul ? ['crlf'] : [];
  if (encoding !== '7bit') transforms.push(encoding === 'base64' ? 'to-base64' : 'to-quoted-printable');
  const step: Step = { start: entity.bodyStart, end: entity.end, decode: declared, transforms };
  return { steps: [step], encoding, sevenBit: true };
}

const isIdentity = (encoding: string): boolean => /^(?:7bit|8bit|binary)$/.test(encoding);

function encodingFor(
  entity: MimeEntity,
  findings: Findings,
  isText: boolean,
): 'quoted-printable' | 'base64' | '7bit' {
  if (!isIdentity(entity.encoding)) return entity.encoding === 'base64' ? 'base64' : 'quoted-printable';
  if (!isText || findings.hasNul) return 'base64';
  const onlyLineEnds = findings.highOctets === 0 && !findings.hasLongLine && !findings.hasFromLine;
  if (onlyLineEnds && !findings.hasTrailingSpace) return '7bit';
  // Quoted-printable takes two octets more for each, base64 one for every three.
  return findings.highOctets * 6 > findings.sizeBytes ? 'base64' : 'quoted-printable';
}

function planComposite(context: Context, entity: MimeEntity): Plan {
  const steps: Step[] = [];
  let changed = false;
  let sevenBit = true;
  let at = entity.bodyStart;
  const between = (to: number, droppable: boolean): void => {
    const part = planBetween(context.octets, at, to, droppable);
    changed ||= part.changed;
    sevenBit &&= part.sevenBit;
    steps.push(...part.steps);
    at = to;
  };
  if (entity.contentType.value.startsWith('multipart/')) between(entity.preambleEnd, true);
  for (const child of entity.children) {
    between(child.start, false);
    const plan = planBody(context, child);
    const header = planHeader(context.octets, child, plan.encoding);
    steps.push(...header.steps, ...(plan.steps ?? [copy(child.bodyStart, child.end)]));
    changed ||= header.changed || plan.steps !== null;
    sevenBit &&= header.sevenBit && plan.sevenBit;
    at = child.end;
  }
  between(entity.epilogueStart, false);
  between(entity.end, true);
  const label = entity.encoding === '8bit' || entity.encoding === 'binary';
  return { steps: changed ? steps : null, encoding: label && sevenBit ? '7bit' : null, sevenBit };
}

/** Delimiters, preamble, epilogue. The latter two are no content: dropped when they are not 7-bit. */
function planBetween(octets: Octets, start: number, end: number, droppable: boolean) {
  if (end <= start) return { steps: [], changed: false, sevenBit: true };
  const findings = inspect(octets.chunks(start, end));
  if (isSevenBit(findings)) return { steps: [copy(start, end)], changed: false, sevenBit: true };
  if (droppable) return { steps: [], changed: true, sevenBit: true };
  const step: Step = { start, end, decode: '', transforms: ['crlf'] };
  return { steps: [step], changed: true, sevenBit: findings.highOctets === 0 && !findings.hasNul };
}

/** The header of a part with its empty line, its content fields in ASCII where that makes it 7-bit. */
function planHeader(octets: Octets, child: MimeEntity, encoding: PreparedBody['encoding']) {
  const original = octets.slice(child.start, child.bodyStart);
  const asItIs = isSevenBit(inspect([original]));
  if (encoding === null && asItIs) {
    return { steps: [copy(child.start, child.bodyStart)], changed: false, sevenBit: true };
  }
  const others = child.header.fields.filter((field) => !isContentField(field)).map(endedField);
  const bytes = Buffer.concat([...others, contentFields(child, encoding), asciiBytes('\r\n')]);
  return { steps: [{ bytes }], changed: true, sevenBit: isSevenBit(inspect([bytes])) };
}
