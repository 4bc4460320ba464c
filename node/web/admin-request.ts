/**
 * What the management (page, API, command line) needs of the rest of the gateway: read models and commands.
 *
 * Each topic has its port in `<topic>-admin-port.ts`; `ports/` fulfils these from the ledger, the projections, the keys process and the mailbox; the management
 * itself never touches the log's payloads, a key or a mail's content but through here.
 *
 * Shapes are what goes over the wire as JSON: no bigint (positions are decimal strings), no Uint8Array but in the
 * parameters and results named so, times in milliseconds since 1970.
 * Errors: a command that is refused rejects with `AdminRefusal`; a process that cannot be reached rejects with
 * `AdminRefusal('unavailable')`. Anything else is a bug and answered as such.
 * `Actor` goes into the events of a command: who, why, and the request's id, so that the same request records once.
 */

export interface Actor {
  /** `operator/<id>` or `cli`. */
  readonly actor: string;
  /** As the operator gave it; empty when none was asked. */
  readonly reason: string;
  /** UUID of the request; drafts of events derive their ids from it. */
  readonly requestId: string;
  readonly atMs: number;
}

export type RefusalCode =
  | 'unknown' // no such thing
  | 'already-known'
  | 'conflict' // changed by someone else meanwhile
  | 'expired'
  | 'revoked'
  | 'wrong-password'
  | 'malformed' // unreadable file or text
  | 'not-exportable'
  | 'not-allowed' // the domain says no; the message says why
  | 'last-administrator'
  | 'unavailable' // a process that is needed does not answer
  | 'not-writable'; // the log takes no changes now

/** An expected refusal; `message` is for the operator and may name what was refused, never a secret. */
export class AdminRefusal extends Error {
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'AdminRefusal';
    this.code = code;
  }
}

export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

/** `page` counts from 0; `search` is matched without case in the fields that a row shows. */
export interface PageRequest {
  readonly search: string;
  readonly page: number;
  readonly pageRows: number;
}

// ── Status ──────────────────────────────────────────────────────────────────────────────────────────────────────────
