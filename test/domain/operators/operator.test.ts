/** Operators, as a specification. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type OperatorEvent, operatorDecider } from '#domain/operators/operator.ts';
import type { Role } from '#domain/operators/role.ts';
import { specification } from '../specification.ts';

const { given } = specification(operatorDecider);
const passwordHash = '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g';
const newcomer = {
  operatorId: 'root',
  name: 'First Operator',
  passwordHash,
  mustChange: true,
  roles: ['administrator'] as readonly Role[],
};
const added: OperatorEvent = { type: 'OperatorAdded', ...newcomer, at: 1 };
const disabled: OperatorEvent = { type: 'OperatorDisabled', at: 5 };

describe('an operator', () => {
  it('is added once under a sign-in name', () => {
    given()
      .when({ type: 'AddOperator', ...newcomer, at: 1 })
      .records(added);
    given(added)
      .when({ type: 'AddOperator', ...newcomer, at: 1 })
      .refuses('already-exists');
    given()
      .when({ type: 'AddOperator', ...newcomer, operatorId: 'a/b', at: 1 })
      .refuses('malformed-name');
    given()
      .when({ type: 'AddOperator', ...newcomer, name: 'a\r\nb', at: 1 })
      .refuses('malformed-name');
  });
  it('is recorded with a hash, never with a password', () => {
    given()
      .when({ type: 'AddOperator', ...newcomer, passwordHash: 'secret', at: 1 })
      .refuses('not-a-password-hash');
    given(added)
      .when({ type: 'ChangePassword', passwordHash: 'secret', mustChange: false, at: 2 })
      .refuses('not-a-password-hash');
  });
  it('has at least one role', () => {
    given()
      .when({ type: 'AddOperator', ...newcomer, roles: [], at: 1 })
      .refuses('no-role');
    given(added).when({ type: 'ChangeRoles', roles: [], otherAdministrators: 1, at: 2 }).refuses('no-role');
  });
  it('gets other roles; the last administrator keeps his', () => {
    const roles: Role[] = ['auditor', 'policy-operator'];
    given(added)
      .when({ type: 'ChangeRoles', roles, otherAdministrators: 1, at: 2 })
      .records({ type: 'OperatorRolesChanged', roles, at: 2 });
    given(added)
      .when({ type: 'ChangeRoles', roles: ['administrator'], otherAdministrators: 0, at: 2 })
      .recordsNothing();
    given(added)
      .when({ type: 'ChangeRoles', roles, otherAdministrators: 0, at: 2 })
      .refuses('last-administrator');
  });
  it('changes the password, which ends the duty to change it', () => {
    const changed: OperatorEvent = {
      type: 'OperatorPasswordChanged',
      passwordHash,
      mustChange: false,
      at: 3,
    };
    given(added).when({ type: 'ChangePassword', passwordHash, mustChange: false, at: 3 }).records(changed);
    const state = given(added, changed).state();
    assert.equal(state.status === 'enabled' && state.mustChange, false);
  });
  it('is disabled and enabled, but not the last administrator', () => {
    given(added).when({ type: 'DisableOperator', otherAdministrators: 1, at: 5 }).records(disabled);
    given(added, disabled).when({ type: 'DisableOperator', otherAdministrators: 1, at: 5 }).recordsNothing();
    given(added, disabled)
      .when({ type: 'EnableOperator', at: 6 })
      .records({ type: 'OperatorEnabled', at: 6 });
    given(added).when({ type: 'EnableOperator', at: 6 }).recordsNothing();
    given(added)
      .when({ type: 'DisableOperator', otherAdministrators: 0, at: 5 })
      .refuses('last-administrator');
    given().when({ type: 'EnableOperator', at: 6 }).refuses('unknown');
  });
});
