/**
 * What differs between two states of the gateway: rows that came, went or changed, and in what.
 */
import { type GatewayState, STATE_SECTIONS, type StateSection } from './gateway-state.ts';

export interface RowDifference {
  readonly section: StateSection;
  readonly id: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Of a changed row: the fields that differ. */
  readonly fields: readonly { readonly name: string; readonly before: unknown; readonly after: unknown }[];
}

export function stateDifference(before: GatewayState, after: GatewayState): RowDifference[] {
  return STATE_SECTIONS.flatMap((section) => sectionDifference(section, before[section], after[section]));
}

type Row = GatewayState[StateSection][number];

function sectionDifference(
  section: StateSection,
  before: readonly Row[],
  after: readonly Row[],
): RowDifference[] {
  const earlier = new Map(before.map((row) => [row.id, row]));
  const later = new Map(after.map((row) => [row.id, row]));
  const differences: RowDifference[] = [];
  for (const { id } of before) {
    if (!later.has(id)) differences.push({ section, id, kind: 'removed', fields: [] });
  }
  for (const row of after) {
    const old = earlier.get(row.id);
    if (!old) {
      differences.push({ section, id: row.id, kind: 'added', fields: [] });
      continue;
    }
    const fields = Object.keys(row)
      .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(row[name]))
      .map((name) => ({ name, before: old[name], after: row[name] }));
    if (fields.length > 0) differences.push({ section, id: row.id, kind: 'changed', fields });
  }
  return differences;
}
