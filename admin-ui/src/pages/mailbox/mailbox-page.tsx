/** The try-out's mailbox: what left the gateway, as it left; and the two buttons that make something happen. */
import { Grid, Group, Stack, Text } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { MailboxRow } from '../../api/types.ts';
import { Mark } from '../../parts/mark.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { Ago } from '../../parts/time.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';
import { MailView } from './mail-view.tsx';
import { PROTECTION_TONES } from './protection-tones.ts';
import { SampleCard } from './sample-card.tsx';

const SHOWN = 40; // The newest; a try-out is looked at, not searched.
const REFRESH_MS = 1_500; // One presses a button and watches.

export function MailboxPage() {
  const { t } = useTranslation();
  const may = useMay();
  const [chosen, setChosen] = useState<string | null>(null);
  const query = useQuery({
    queryKey: ['mailbox'],
    queryFn: () => api.mailbox.list.query(),
    refetchInterval: REFRESH_MS,
  });
  const shown = query.data?.slice(0, SHOWN) ?? [];
  const id = shown.find((row) => row.id === chosen)?.id ?? shown[0]?.id ?? null;
  return (
    <>
      <PageHead title={t('mailbox.title')} lead={t('mailbox.lead')} />
      {may('mailbox.sendSample') && <SampleCard />}
      <Waiting query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Surface>
              <Teaching icon={<IconInbox />} title={t('mailbox.none.title')}>
                {t('mailbox.none.text')}
              </Teaching>
            </Surface>
          ) : (
            <Grid gap="lg">
              <Grid.Col span={{ base: 12, md: 5 }}>
                <Surface title={t('mailbox.list')} flush>
                  {shown.map((row) => (
                    <MailboxLine
                      key={row.id}
                      row={row}
                      chosen={row.id === id}
                      onChoose={() => setChosen(row.id)}
                    />
                  ))}
                </Surface>
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 7 }}>{id !== null && <MailView id={id} />}</Grid.Col>
            </Grid>
          )
        }
      </Waiting>
    </>
  );
}

function MailboxLine({ row, chosen, onChoose }: { row: MailboxRow; chosen: boolean; onChoose(): void }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className="sg-row-button"
      data-chosen={chosen}
      aria-pressed={chosen}
      onClick={onChoose}
    >
      <Stack gap={2}>
        <Group justify="space-between" wrap="nowrap" gap="sm">
          <Text size="sm" fw={600} truncate>
            {row.subject === '' ? t('mailbox.noSubject') : row.subject}
          </Text>
          <Text size="xs" c="dimmed" component="span" style={{ whiteSpace: 'nowrap' }}>
            <Ago atMs={row.arrivedAtMs} />
          </Text>
        </Group>
        <Text size="xs" c="dimmed" truncate>
          {row.sender} → {row.recipients.join(', ')}
        </Text>
        <Mark tone={PROTECTION_TONES[row.protection]}>{t(`leftAs.${row.protection}`)}</Mark>
      </Stack>
    </button>
  );
}
