/** This gateway was told to leave: how far it is, and the way back. */
import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { useMay } from '../../session/use-session.ts';
import { drainText } from './drain-text.ts';

const REFRESH_MS = 2_000;

export function LeavingNotice({ self, name }: { self: string; name: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const overview = useQuery({ queryKey: ['overview'], queryFn: () => api.status.overview.query() });
  const isLeaving = overview.data?.status.copies?.leaving === true;
  const state = useQuery({
    queryKey: ['cluster', 'draining', self],
    queryFn: () => api.cluster.draining.query({ member: self }),
    refetchInterval: REFRESH_MS,
    enabled: isLeaving && may('cluster.draining'),
  });
  const stay = useMutation({
    mutationFn: () => api.cluster.drain.mutate({ member: self, on: false, reason: t('cluster.drain.stay') }),
    onSuccess: () => client.invalidateQueries(),
  });
  if (!isLeaving) return null;
  return (
    <Notice tone="warn" title={t('cluster.drain.title', { name })}>
      {state.data && <Text size="sm">{drainText(state.data, t)}</Text>}
      <ErrorNotice error={stay.error} />
      {may('cluster.drain') && (
        <Group mt="xs">
          <Button variant="default" size="xs" loading={stay.isPending} onClick={() => stay.mutate()}>
            {t('cluster.drain.stay')}
          </Button>
        </Group>
      )}
    </Notice>
  );
}
