/**
 * Canonical JSON: one byte sequence for one value, since payloads are hashed and signed (RFC 8785 §3.2).
 *
 * Keys sorted by UTF-16 code units, no white space, UTF-8. A property that is `undefined` is left out. Octets go in as
 * base64url text (`toBase64Url`). What JSON cannot carry exactly is a bug of the caller and throws.
 */
import { Buffer } from 'node:buffer';

export function canonicalJson(value: unknown): Uint8Array {
  return Buffer.from(canonicalText(value), 'utf8');
}

/** The reverse; throws SyntaxError. Does not insist on canonical form: old events stay as they were written. */
export function parseCanonicalJson(octets: Uint8Array): unknown {
  return JSON.parse(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('utf8'));
}

function canonicalText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new TypeError('a lone surrogate has no UTF-8');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('a number must be finite');
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : canonicalObject(value);
    default:
      throw new TypeError(`${typeof value} has no canonical JSON`);
  }
}

function canonicalObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError('only plain objects have canonical JSON');
  }
  const fields: string[] = [];
  for (const [name, field] of Object.entries(value).sort(byCodeUnits)) {
    if (field !== undefined) fields.push(`${JSON.stringify(name)}:${canonicalText(field)}`);
  }
  return `{${fields.join(',')}}`;
}

function byCodeUnits([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1; // Names in one object are never equal.
}

/** Octets as text inside an event. */
export type Base64Url = string;

export function toBase64Url(octets: Uint8Array): Base64Url {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('base64url');
}

export function fromBase64Url(text: Base64Url): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
