/** Who may run this gateway, in which role, and one's own password. */
import { Button, Group, Menu, Text } from '@mantine/core';
import { IconDots, IconUserShield } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { OperatorRow } from '../../api/types.ts';
import { Mark } from '../../parts/mark.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';
import { CreateOperatorDialog } from './create-operator-dialog.tsx';
import { type OperatorChange, OperatorDialog } from './operator-dialog.tsx';

export function OperatorsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [change, setChange] = useState<OperatorChange | null>(null);
  const query = useQuery({ queryKey: ['operators'], queryFn: () => api.operators.list.query() });
  const refresh = () => client.invalidateQueries({ queryKey: ['operators'] });
  return (
    <>
      <PageHead
        title={t('operators.title')}
        lead={t('operators.lead')}
        actions={
          may('operators.create') && (
            <Button leftSection={<IconUserShield size={16} aria-hidden />} onClick={() => setCreating(true)}>
              {t('operators.create')}
            </Button>
          )
        }
      />
      <Waiting query={query}>
        {(operators) => (
          <Surface flush>
            {operators.map((operator) => (
              <OperatorLine
                key={operator.id}
                operator={operator}
                onChange={may('operators.setRoles') ? setChange : null}
              />
            ))}
          </Surface>
        )}
      </Waiting>
      <CreateOperatorDialog opened={creating} onClose={() => setCreating(false)} onCreated={refresh} />
      <OperatorDialog change={change} onClose={() => setChange(null)} onChanged={refresh} />
    </>
  );
}

interface OperatorLineProps {
  readonly operator: OperatorRow;
  readonly onChange: ((change: OperatorChange) => void) | null;
}

function OperatorLine({ operator, onChange }: OperatorLineProps) {
  const { t } = useTranslation();
  return (
    <Group className="sg-row" justify="space-between" wrap="nowrap" gap="sm">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600} truncate>
          {operator.id}
          {operator.name !== '' && ` (${operator.name})`}
        </Text>
        <Text size="xs" c="dimmed">
          {operator.roles.map((role) => t(`role.${role}`)).join(', ')}
        </Text>
      </div>
      <Group gap="xs" wrap="nowrap">
        <Mark tone={operator.enabled ? 'good' : 'none'}>
          {t(operator.enabled ? 'operators.enabled' : 'operators.disabled')}
        </Mark>
        {onChange && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button
                variant="subtle"
                size="compact-sm"
                color="gray.7"
                aria-label={t('operators.menu', { id: operator.id })}
              >
                <IconDots size={18} aria-hidden />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => onChange({ kind: 'roles', operator })}>
                {t('operators.roles')}
              </Menu.Item>
              <Menu.Item onClick={() => onChange({ kind: 'password', operator })}>
                {t('operators.password')}
              </Menu.Item>
              <Menu.Item onClick={() => onChange({ kind: 'enabled', operator })}>
                {t(operator.enabled ? 'operators.disable' : 'operators.enable')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>
    </Group>
  );
}
