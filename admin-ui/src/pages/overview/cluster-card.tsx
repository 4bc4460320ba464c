/** The members of the cluster in short, with the way to their page. */
import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ClusterGlance } from '../../api/types.ts';
import { Mark } from '../../parts/mark.tsx';
import { Surface } from '../../parts/surface.tsx';
import { useMay } from '../../session/use-session.ts';
import { CONDITION_TONES, goneOf } from '../cluster/condition-notice.tsx';
import { Presence } from '../cluster/member-line.tsx';

export function ClusterCard({ cluster: { condition, members } }: { cluster: ClusterGlance }) {
  const { t } = useTranslation();
  const may = useMay();
  const more = may('cluster.status') && (
    <Anchor size="sm" renderRoot={(props) => <Link to="/cluster" {...props} />}>
      {t('cluster.more')}
    </Anchor>
  );
  return (
    <Surface title={t('cluster.title')} aside={more}>
      <Stack gap="sm">
        <Text size="sm" component="div" className="sg-letter">
          <Mark tone={CONDITION_TONES[condition]}>
            {t(`clusterCondition.${condition}.title`, { names: goneOf(members).join(', ') })}
          </Mark>
        </Text>
        {members.map((member) => (
          <Group key={member.name} justify="space-between" wrap="nowrap" gap="md">
            <Text size="sm" truncate>
              {member.isSelf ? t('cluster.here', { name: member.name }) : member.name}
              <Text span size="sm" c="dimmed">
                {' '}
                {t(`clusterRole.${member.role}.name`)}
              </Text>
            </Text>
            <Presence member={member} />
          </Group>
        ))}
      </Stack>
    </Surface>
  );
}
