/** The parts of a mail that are held: why, and the two ways on. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Surface } from '../../parts/surface.tsx';
import { useToast } from '../../parts/toast.tsx';
import { useMay } from '../../session/use-session.ts';

type Held = Awaited<ReturnType<typeof api.queue.held.query>>[number];
type Way = 'release' | 'drop';

export function HeldCards({ spoolId }: { spoolId: string }) {
  const may = useMay();
  const held = useQuery({
    queryKey: ['mail', spoolId, 'held'],
    queryFn: () => api.queue.held.query(),
    enabled: may('queue.held'),
  });
  return held.data
    ?.filter((part) => part.spoolId === spoolId)
    .map((part) => <HeldCard key={part.holdId} part={part} />);
}

function HeldCard({ part }: { part: Held }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const [way, setWay] = useState<Way | null>(null);
  const perform = async (reason: string): Promise<void> => {
    if (way === null) return;
    await api.queue[way].mutate({ holdId: part.holdId, reason });
    toast(t(`held.${way}.done`));
    await client.invalidateQueries({ queryKey: ['mail'] });
  };
  const shown = way ?? 'release';
  return (
    <Surface title={t('held.title')}>
      <Stack gap="sm">
        <Text size="sm" className="sg-long">
          {part.recipients.join(', ')}: {t(`reason.${part.reason}`, part.reason)}
        </Text>
        {may('queue.release') && (
          <Group gap="sm">
            <Button size="xs" onClick={() => setWay('release')}>
              {t('held.release.action')}
            </Button>
            <Button size="xs" variant="default" onClick={() => setWay('drop')}>
              {t('held.drop.action')}
            </Button>
          </Group>
        )}
      </Stack>
      <ReasonDialog
        opened={way !== null}
        title={t(`held.${shown}.action`)}
        explanation={t(`held.${shown}.text`)}
        action={t(`held.${shown}.action`)}
        dangerous={shown === 'drop'}
        onClose={() => setWay(null)}
        onConfirm={perform}
      />
    </Surface>
  );
}
