/**
 * Checks an exported log, with nothing but the file: every hash, link and signature, every checkpoint, and that it ends
 * where the ledger said it ends. Names the first position that is wrong.
 *
 * Whoever holds a gateway's signing key can make another history. An auditor who knows the public keys from elsewhere
 * gives them as `publicKeys`; otherwise the report names the keys, to be compared by hand.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { encodeCanonical, hashOf, NO_HASH } from '#consensus/event-codec.ts';
import type { Position, StoredEvent } from '#consensus/event-log.ts';
import { type SignedHead, signedHeadHolds } from '#consensus/signed-head.ts';
import { ed25519PublicKey, type KeyRing, signatureHolds } from '#consensus/signing.ts';
import { type ExportHeader, parseHeader, parseLine } from './export-format.ts';

const LINE_BYTES_MAX = 16 * 1024 * 1024; // A payload of 1 MiB is at most six times as long in JSON.
const ED25519_BYTES = 32;

/** Fit for JSON: positions are decimal text. */
export interface AuditReport {
  readonly ok: boolean;
  readonly clusterId: string;
  /** Node, and SHA-256 of its raw public key in hex: to be compared with what the gateway itself shows. */
  readonly keys: readonly { readonly node: string; readonly fingerprint: string }[];
  /** Events and checkpoints that were found right. */
  readonly events: string;
  readonly checkpoints: number;
  /** When the ledger signed the end of this file; null when there is no such end. */
  readonly exportedAtMs: number | null;
  /** Null when all is right. Position 0 is the header. */
  readonly firstWrong: {
    readonly position: string;
    readonly line: number;
    readonly problem: string;
  } | null;
}

export interface VerifyOptions {
  /** Node id → raw Ed25519 public key in base64url, known from elsewhere. */
  readonly publicKeys?: Readonly<Record<string, string>>;
}

/** Rejects only when the file cannot be read. */
export async function verifyExport(path: string, options: VerifyOptions = {}): Promise<AuditReport> {
  const check = new ExportCheck(options);
  for await (const line of linesOf(path)) {
    await check.line(line);
    if (check.wrong) break;
  }
  return check.report();
}

/** What is wrong with an event or a head; without a position it is the one that was to come. */
class Wrong extends Error {
  readonly position: Position | undefined;
  constructor(problem: string, position?: Position) {
    super(problem);
    this.position = position;
  }
}

class ExportCheck {
  wrong: AuditReport['firstWrong'] = null;
  readonly #options: VerifyOptions;
  #header: ExportHeader | null = null;
  #keys: KeyRing = () => null;
  #line = 0;
  #position: Position = 0n;
  #generation = 1;
  #hash: Uint8Array = NO_HASH;
  #checkpoints = 0;
  #end: SignedHead | null = null;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  async line(line: Buffer): Promise<void> {
    this.#line += 1;
    try {
      if (this.#line === 1) this.#takeHeader(parseHeader(line));
      else await this.#take(line);
    } catch (error) {
      if (error instanceof Wrong) this.#fail(error.message, error.position);
      else this.#fail(`the line ${(error as Error).message}`);
    }
  }

  report(): AuditReport {
    if (!this.wrong && !this.#end) this.#fail('the file ends without the signed end: its tail is missing');
    const keys = Object.entries(this.#header?.keys ?? {}).map(([node, raw]) => ({
      node,
      fingerprint: createHash('sha256').update(Buffer.from(raw, 'base64url')).digest('hex'),
    }));
    return {
      ok: this.wrong === null,
      clusterId: this.#header?.clusterId ?? '',
      keys,
      events: String(this.#position),
      checkpoints: this.#checkpoints,
      exportedAtMs: this.#end?.atMs ?? null,
      firstWrong: this.wrong,
    };
  }

  /** What is wrong is at the position that was to come, or at the header. */
  #fail(problem: string, position: Position = this.#header ? this.#position + 1n : 0n): void {
    this.wrong = { position: String(position), line: this.#line, problem };
  }

  #takeHeader(header: ExportHeader): void {
    const known = new Map<string, KeyObject>();
    for (const [node, raw] of Object.entries(header.keys)) {
      const expected = this.#options.publicKeys?.[node];
      if (this.#options.publicKeys && expected !== raw) throw new Error(`holds another key of ${node}`);
      const octets = Buffer.from(raw, 'base64url');
      if (octets.length !== ED25519_BYTES || octets.toString('base64url') !== raw) {
        throw new Error(`holds no Ed25519 key of ${node}`);
      }
      known.set(node, ed25519PublicKey(octets));
    }
    this.#keys = (node) => known.get(node) ?? null;
    this.#header = header;
  }

  async #take(octets: Buffer): Promise<void> {
    if (this.#end) throw new Wrong('something follows the signed end', this.#position);
    const line = parseLine(octets);
    if (line.kind === 'event') await this.#takeEvent(line.event);
    else this.#takeHead(line.kind, line.head);
  }

  async #takeEvent(event: StoredEvent): Promise<void> {
    const expected = this.#position + 1n;
    if (event.position !== expected) {
      throw new Wrong(`event ${expected} is not there, ${event.position} stands in its place`);
    }
    if (Buffer.compare(event.prev, this.#hash) !== 0) throw new Wrong('does not follow the event before it');
    if (Buffer.compare(hashOf(encodeCanonical(event)), event.hash) !== 0) {
      throw new Wrong('does not have its hash');
    }
    if (event.generation < this.#generation) throw new Wrong('is of an older generation');
    if (!(await signatureHolds(event, this.#keys))) throw new Wrong(`is not signed by ${event.node}`);
    this.#position = expected;
    this.#generation = event.generation;
    this.#hash = event.hash;
  }

  #takeHead(kind: 'checkpoint' | 'end', head: SignedHead): void {
    const what = kind === 'end' ? 'the signed end' : 'a checkpoint';
    const at = this.#position;
    // An end that is further on tells of events that are not in the file.
    if (head.position > at)
      throw new Wrong(`events ${at + 1n} to ${head.position} are missing before ${what}`);
    const fits =
      head.position === at &&
      head.generation === this.#generation &&
      head.clusterId === this.#header?.clusterId &&
      Buffer.compare(head.hash, this.#hash) === 0;
    if (!fits) throw new Wrong(`${what} is not of this log`, at);
    if (!signedHeadHolds(head, this.#keys)) throw new Wrong(`${what} is not signed by ${head.node}`, at);
    if (kind === 'end') this.#end = head;
    else this.#checkpoints += 1;
  }
}

/** Lines with their line feed; the last one perhaps without. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let at = 0;
    for (let end = chunk.indexOf(10, at); end >= 0; end = chunk.indexOf(10, at)) {
      yield Buffer.concat([...parts, chunk.subarray(at, end + 1)]);
      parts = [];
      bytes = 0;
      at = end + 1;
    }
    const rest = chunk.subarray(at);
    bytes += rest.length;
    if (rest.length > 0 && bytes <= LINE_BYTES_MAX) parts.push(rest); // A longer one is cut, and wrong for it.
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
