/** Operators of the management; the password hash leaves here only for the sign-in. */
import { operatorDecider, operatorStream } from '#domain/operators/operator.ts';
import type { OperatorRow, OperatorsPort } from '#node/web/operators-admin-port.ts';
import type { KnownOperator } from '#projections/operators.ts';
import { type PortParts, perform } from './parts.ts';

export function operatorsPort(parts: PortParts): OperatorsPort {
  const { operators } = parts.models;
  const otherAdministrators = (id: string): number =>
    [...operators.all()].filter(
      (o) => o.operatorId !== id && o.status === 'enabled' && o.roles.includes('administrator'),
    ).length;
  return {
    async list() {
      return [...operators.all()].map(rowOf);
    },
    async credential(id) {
      const found = operators.get(id);
      return found ? { ...rowOf(found), passwordHash: found.passwordHash } : null;
    },
    async create({ id, ...given }, by) {
      const command = { type: 'AddOperator' as const, operatorId: id, ...given, at: by.atMs };
      await perform(parts, operatorDecider, operatorStream(id), command, by);
    },
    async setRoles({ id, roles }, by) {
      const command = {
        type: 'ChangeRoles' as const,
        roles,
        otherAdministrators: otherAdministrators(id),
        at: by.atMs,
      };
      await perform(parts, operatorDecider, operatorStream(id), command, by);
    },
    async setPassword({ id, ...given }, by) {
      const command = { type: 'ChangePassword' as const, ...given, at: by.atMs };
      await perform(parts, operatorDecider, operatorStream(id), command, by);
    },
    async setEnabled({ id, enabled }, by) {
      const command = enabled
        ? { type: 'EnableOperator' as const, at: by.atMs }
        : { type: 'DisableOperator' as const, otherAdministrators: otherAdministrators(id), at: by.atMs };
      await perform(parts, operatorDecider, operatorStream(id), command, by);
    },
  };
}

function rowOf(operator: KnownOperator): OperatorRow {
  const { operatorId, name, roles, status, mustChange } = operator;
  return { id: operatorId, name, roles, enabled: status === 'enabled', mustChange };
}
