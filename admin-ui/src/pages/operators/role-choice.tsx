/** The seven roles, each with what it may do. */
import { Checkbox, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Role } from '../../api/types.ts';

const ROLES: readonly Role[] = [
  'administrator',
  'network-operator',
  'user-operator',
  'ca-operator',
  'policy-operator',
  'system-operator',
  'auditor',
];

export function RoleChoice({ value, onChange }: { value: readonly Role[]; onChange(roles: Role[]): void }) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      label={t('operators.roles')}
      value={[...value]}
      onChange={(roles) => onChange(ROLES.filter((role) => roles.includes(role)))}
    >
      <Stack gap={8} mt={6}>
        {ROLES.map((role) => (
          <Checkbox key={role} value={role} label={t(`role.${role}`)} description={t(`roleDoes.${role}`)} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
