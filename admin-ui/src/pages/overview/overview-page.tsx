/** The first page: is all well, what is wrong and what to do, what runs, what came last. */
import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { Overview } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay, useSession } from '../../session/use-session.ts';
import { AlarmList } from './alarm-list.tsx';
import { ClusterCard } from './cluster-card.tsx';
import { Figures } from './figures.tsx';
import { FirstSteps } from './first-steps.tsx';
import { LastMails } from './last-mails.tsx';
import { ProcessList } from './process-list.tsx';

const REFRESH_MS = 5_000;

export function OverviewPage() {
  const { t } = useTranslation();
  const may = useMay();
  const session = useSession();
  const query = useQuery({
    queryKey: ['overview'],
    queryFn: () => api.status.overview.query(),
    refetchInterval: REFRESH_MS,
  });
  return (
    <>
      <PageHead title={t('overview.title')} lead={t('overview.lead')} />
      <Waiting query={query}>
        {(overview) => (
          <Stack gap="lg">
            <Health overview={overview} />
            <AlarmList alarms={overview.alarms} />
            {session.mailbox && may('mailbox.list') && <FirstSteps />}
            <Figures status={overview.status} />
            <SimpleGrid
              cols={{ base: 1, md: may('mails.list') ? 2 : 1 }}
              spacing="lg"
              style={{ alignItems: 'start' }}
            >
              {may('mails.list') && <LastMails />}
              <Stack gap="lg">
                {overview.status.cluster && <ClusterCard cluster={overview.status.cluster} />}
                <ProcessList status={overview.status} />
              </Stack>
            </SimpleGrid>
          </Stack>
        )}
      </Waiting>
    </>
  );
}

function Health({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { status, alarms } = overview;
  const worst = alarms.some((alarm) => alarm.severity === 'red')
    ? 'bad'
    : alarms.length > 0
      ? 'warn'
      : 'good';
  return (
    <Notice tone={worst} title={t(`overview.health.${worst}`)}>
      <Group gap="xs">
        <Text size="sm">{t('overview.who', { node: status.node, version: status.version })}</Text>
        {status.tryOut && <Text size="sm">{t('overview.tryOut')}</Text>}
      </Group>
    </Notice>
  );
}
