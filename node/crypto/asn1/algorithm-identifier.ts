/**
 * AlgorithmIdentifier (RFC 5280 §4.1.1.2): an object identifier and parameters that depend on it.
 */
import type { BerCursor } from './ber-reader.ts';
import { type Der, type DerNode, nothing, oid, sequence } from './der-writer.ts';

export interface AlgorithmIdentifier {
  readonly oid: string;
  /** The encoded parameters as they stand; null when absent. An explicit NULL is its two octets. */
  readonly parameters: Uint8Array | null;
}

/** `parameters`: `'absent'`, `'null'`, or encoded. */
export function algorithm(dotted: string, parameters: Der | 'absent' | 'null'): DerNode {
  if (parameters === 'absent') return sequence(oid(dotted));
  return sequence(oid(dotted), parameters === 'null' ? nothing() : parameters);
}

export function readAlgorithm(from: BerCursor): AlgorithmIdentifier {
  const fields = from.sequence();
  const dotted = fields.oid();
  const parameters = fields.atEnd ? null : fields.next().raw;
  fields.finish();
  return { oid: dotted, parameters };
}
