/**
 * An exported log: JSON lines that say by themselves what they are, readable by a person and checkable by any program.
 *
 *   {"format":"sealgate-log-export","version":1,"clusterId":…,"keys":{node: raw Ed25519 base64url}}
 *   {"event":{…}}                             one a line, in order
 *   {"checkpoint":{…}}                        behind the event it stands for
 *   {"end":{…}}                               the head as the ledger signed it for this export
 *
 * Every line is written in one way only (field order, no white space) and must read back to the same octets, so that a
 * changed octet cannot hide in the notation. A payload is text when it is UTF-8, base64url otherwise.
 */
import { z } from 'zod';
import type { StoredEvent } from '#consensus/event-log.ts';
import type { HeadPurpose, SignedHead } from '#consensus/signed-head.ts';

const FORMAT_NAME = 'sealgate-log-export';
const FORMAT_VERSION = 1;

const position = z.string().regex(/^\d{1,20}$/);
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const octets = z.string().regex(/^[A-Za-z0-9_-]*$/);
const count = z.number().int().nonnegative();

const headerSchema = z.strictObject({
  format: z.literal(FORMAT_NAME),
  version: z.literal(FORMAT_VERSION),
  clusterId: z.string(),
  keys: z.record(z.string(), octets),
});

const eventSchema = z.strictObject({
  position,
  generation: count,
  stream: z.string(),
  streamVersion: count,
  kind: z.string(),
  schema: count,
  atMs: count,
  actor: z.string(),
  reason: z.string(),
  id: z.string(),
  node: z.string(),
  payload: z.union([z.string(), z.strictObject({ base64url: octets })]),
  prev: hex,
  hash: hex,
  signature: octets,
});

const headSchema = z.strictObject({
  clusterId: z.string(),
  generation: count,
  position,
  hash: hex,
  atMs: count,
  node: z.string(),
  signature: octets,
});

const lineSchema = z.union([
  z.strictObject({ event: eventSchema }),
  z.strictObject({ checkpoint: headSchema }),
  z.strictObject({ end: headSchema }),
]);

export type ExportHeader = z.infer<typeof headerSchema>;

export type ExportLine =
  | { readonly kind: 'event'; readonly event: StoredEvent }
  | { readonly kind: 'checkpoint' | 'end'; readonly head: SignedHead };

export function headerLine(clusterId: string, keys: Readonly<Record<string, string>>): string {
  return `${JSON.stringify({ format: FORMAT_NAME, version: FORMAT_VERSION, clusterId, keys })}\n`;
}

export function eventLine(e: StoredEvent): string {
  const text = Buffer.from(e.payload).toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(e.payload);
  return `${JSON.stringify({
    event: {
      position: String(e.position),
      generation: e.generation,
      stream: e.stream,
      streamVersion: e.version,
      kind: e.kind,
      schema: e.schema,
      atMs: e.atMs,
      actor: e.actor,
      reason: e.reason,
      id: e.id,
      node: e.node,
      payload: isText ? text : { base64url: base64url(e.payload) },
      prev: toHex(e.prev),
      hash: toHex(e.hash),
      signature: base64url(e.signature),
    },
  })}\n`;
}

export function headLine(kind: 'checkpoint' | 'end', head: SignedHead): string {
  const { clusterId, generation, atMs, node } = head;
  const written = {
    ...{ clusterId, generation, position: String(head.position), hash: toHex(head.hash) },
    ...{ atMs, node, signature: base64url(head.signature) },
  };
  return `${JSON.stringify({ [kind]: written })}\n`;
}

/** Throws an Error that says what is wrong; `line` includes its line feed. */
export function parseHeader(line: Buffer): ExportHeader {
  const header = headerSchema.safeParse(parsed(line));
  if (!header.success) throw new Error('is not the header of an exported log');
  const again = headerLine(header.data.clusterId, header.data.keys);
  if (!Buffer.from(again).equals(line)) throw new Error('is not written as an exported log is');
  return header.data;
}

export function parseLine(line: Buffer): ExportLine {
  const read = lineSchema.safeParse(parsed(line));
  if (!read.success) throw new Error('is not a line of an exported log');
  const result = lineOf(read.data);
  const again = result.kind === 'event' ? eventLine(result.event) : headLine(result.kind, result.head);
  if (!Buffer.from(again).equals(line)) throw new Error('is not written as an exported log is');
  return result;
}

function lineOf(read: z.infer<typeof lineSchema>): ExportLine {
  if ('checkpoint' in read) return { kind: 'checkpoint', head: headOf('checkpoint', read.checkpoint) };
  if ('end' in read) return { kind: 'end', head: headOf('export', read.end) };
  const { streamVersion, payload, ...e } = read.event;
  const event: StoredEvent = {
    ...e,
    position: BigInt(e.position),
    version: streamVersion,
    payload: typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.base64url, 'base64url'),
    prev: Buffer.from(e.prev, 'hex'),
    hash: Buffer.from(e.hash, 'hex'),
    signature: Buffer.from(e.signature, 'base64url'),
  };
  return { kind: 'event', event };
}

function headOf(purpose: HeadPurpose, read: z.infer<typeof headSchema>): SignedHead {
  return {
    ...read,
    purpose,
    position: BigInt(read.position),
    hash: Buffer.from(read.hash, 'hex'),
    signature: Buffer.from(read.signature, 'base64url'),
  };
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return null;
  }
}

const base64url = (value: Uint8Array): string => Buffer.from(value).toString('base64url');
const toHex = (value: Uint8Array): string => Buffer.from(value).toString('hex');
