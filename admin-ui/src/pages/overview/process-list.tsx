/** The processes of the gateway, where each listens, and the head of the log. */
import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { GatewayStatus } from '../../api/types.ts';
import { Mark } from '../../parts/mark.tsx';
import { Surface } from '../../parts/surface.tsx';

const TONES = { ready: 'good', starting: 'warn', down: 'bad' } as const;

export function ProcessList({ status }: { status: GatewayStatus }) {
  const { t } = useTranslation();
  return (
    <Surface title={t('overview.processes')}>
      <Stack gap="sm">
        {status.processes.map(({ name, state, detail }) => (
          <Group key={name} justify="space-between" wrap="nowrap" align="flex-start" gap="md">
            <div style={{ minWidth: 0 }}>
              <Text size="sm" fw={600}>
                {t(`process.${name}`)}
              </Text>
              <Text size="xs" c="dimmed" className="sg-long">
                {detail === '' ? t(`processDoes.${name}`) : detail}
              </Text>
            </div>
            <Mark tone={TONES[state]}>{t(`processState.${state}`)}</Mark>
          </Group>
        ))}
        <Text size="sm" fw={600} mt="sm">
          {t('overview.listeners')}
        </Text>
        {status.listeners.map((listener) => (
          <Text key={listener.name} size="sm">
            <code>
              {listener.address}:{listener.port}
            </code>{' '}
            {t(`zone.${listener.zone}`)}
          </Text>
        ))}
      </Stack>
    </Surface>
  );
}
