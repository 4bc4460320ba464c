/**
 * Life of one operator: added, roles and password changed, disabled and enabled again.
 *
 * Stream `operator/<id>`, the id being the sign-in name, so that a name is given only once. The log holds an
 * Argon2id hash (PHC string), never a password.
 */
import { accept, type Decider, type Decision, type Instant, refuse } from '../decider.ts';
import { isRole, type Role } from './role.ts';

export const operatorStream = (operatorId: string): string => `operator/${operatorId}`;

export type OperatorCommand =
  | {
      readonly type: 'AddOperator';
      readonly operatorId: string;
      readonly name: string;
      readonly passwordHash: string;
      /** The first password was made by the machine: it is good for one sign-in that sets another. */
      readonly mustChange: boolean;
      readonly roles: readonly Role[];
      readonly at: Instant;
    }
  | {
      readonly type: 'ChangeRoles';
      readonly roles: readonly Role[];
      /** Enabled administrators besides this one (read model). */
      readonly otherAdministrators: number;
      readonly at: Instant;
    }
  | {
      readonly type: 'ChangePassword';
      readonly passwordHash: string;
      readonly mustChange: boolean;
      readonly at: Instant;
    }
  | { readonly type: 'DisableOperator'; readonly otherAdministrators: number; readonly at: Instant }
  | { readonly type: 'EnableOperator'; readonly at: Instant };

export type OperatorEvent =
  | {
      readonly type: 'OperatorAdded';
      readonly operatorId: string;
      readonly name: string;
      readonly passwordHash: string;
      readonly mustChange: boolean;
      readonly roles: readonly Role[];
      readonly at: Instant;
    }
  | { readonly type: 'OperatorRolesChanged'; readonly roles: readonly Role[]; readonly at: Instant }
  | {
      readonly type: 'OperatorPasswordChanged';
      readonly passwordHash: string;
      readonly mustChange: boolean;
      readonly at: Instant;
    }
  | { readonly type: 'OperatorDisabled'; readonly at: Instant }
  | { readonly type: 'OperatorEnabled'; readonly at: Instant };

export type OperatorRefusal =
  | 'already-exists'
  | 'unknown'
  | 'malformed-name'
  | 'not-a-password-hash'
  | 'no-role'
  | 'last-administrator';

export type Operator =
  | { readonly status: 'absent' }
  | {
      readonly status: 'enabled' | 'disabled';
      readonly operatorId: string;
      readonly name: string;
      readonly passwordHash: string;
      readonly mustChange: boolean;
      readonly roles: readonly Role[];
    };

export const operatorDecider: Decider<OperatorCommand, OperatorEvent, Operator, OperatorRefusal> = {
  zero: { status: 'absent' },
  decide,
  evolve,
  schemas: {
    OperatorAdded: 1,
    OperatorRolesChanged: 1,
    OperatorPasswordChanged: 1,
    OperatorDisabled: 1,
    OperatorEnabled: 1,
  },
};

const SIGN_IN_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/; // Safe in URLs, file names and log lines.
const ARGON2ID_HASH = /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;

function decide(command: OperatorCommand, operator: Operator): Decision<OperatorEvent, OperatorRefusal> {
  if (command.type === 'AddOperator') {
    const { operatorId, name, passwordHash, mustChange, at } = command;
    if (operator.status !== 'absent') return refuse('already-exists');
    if (!SIGN_IN_NAME.test(operatorId) || /[\x00-\x1f\x7f]/.test(name)) return refuse('malformed-name');
    if (!ARGON2ID_HASH.test(passwordHash)) return refuse('not-a-password-hash');
    const roles = sortedRoles(command.roles);
    if (roles.length === 0) return refuse('no-role');
    return accept({ type: 'OperatorAdded', operatorId, name, passwordHash, mustChange, roles, at });
  }
  if (operator.status === 'absent') return refuse('unknown');
  switch (command.type) {
    case 'ChangeRoles': {
      const roles = sortedRoles(command.roles);
      if (roles.length === 0) return refuse('no-role');
      if (roles.join() === operator.roles.join()) return accept();
      if (!roles.includes('administrator') && isLastAdministrator(operator, command)) {
        return refuse('last-administrator');
      }
      return accept({ type: 'OperatorRolesChanged', roles, at: command.at });
    }
    case 'ChangePassword': {
      const { passwordHash, mustChange, at } = command;
      if (!ARGON2ID_HASH.test(passwordHash)) return refuse('not-a-password-hash');
      return accept({ type: 'OperatorPasswordChanged', passwordHash, mustChange, at });
    }
    case 'DisableOperator':
      if (operator.status === 'disabled') return accept();
      if (isLastAdministrator(operator, command)) return refuse('last-administrator');
      return accept({ type: 'OperatorDisabled', at: command.at });
    case 'EnableOperator':
      if (operator.status === 'enabled') return accept();
      return accept({ type: 'OperatorEnabled', at: command.at });
  }
}

/** Nobody can lock everybody out. */
function isLastAdministrator(
  operator: Operator & { status: 'enabled' | 'disabled' },
  facts: { readonly otherAdministrators: number },
): boolean {
  return (
    operator.status === 'enabled' &&
    operator.roles.includes('administrator') &&
    facts.otherAdministrators === 0
  );
}

function sortedRoles(roles: readonly Role[]): readonly Role[] {
  return [...new Set(roles)].filter(isRole).sort();
}

function evolve(operator: Operator, event: OperatorEvent): Operator {
  if (event.type === 'OperatorAdded') {
    const { operatorId, name, passwordHash, mustChange, roles } = event;
    return { status: 'enabled', operatorId, name, passwordHash, mustChange, roles };
  }
  if (operator.status === 'absent') return operator;
  switch (event.type) {
    case 'OperatorRolesChanged':
      return { ...operator, roles: event.roles };
    case 'OperatorPasswordChanged':
      return { ...operator, passwordHash: event.passwordHash, mustChange: event.mustChange };
    case 'OperatorDisabled':
      return { ...operator, status: 'disabled' };
    case 'OperatorEnabled':
      return { ...operator, status: 'enabled' };
  }
}
