/** Figures of PDF mail: pairs, what waits, what is locked, and passwords day by day. */
import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { PdfStatistics } from '../../api/types.ts';
import { dayOf } from '../../parts/time.tsx';
import { Waiting } from '../../parts/waiting.tsx';

export function PdfFigures() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['pdf', 'statistics'], queryFn: () => api.pdf.statistics.query() });
  return (
    <Waiting query={query}>
      {(s) => (
        <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: 'sm', sm: 'lg' }}>
          <Figure name={t('pdf.figure.inForce')} value={s.byState['in-force']} />
          <Figure name={t('pdf.figure.invited')} value={s.openInvitations} />
          <Figure name={t('pdf.figure.locked')} value={s.lockedAccounts} />
          <Days days={s.perDay} />
        </SimpleGrid>
      )}
    </Waiting>
  );
}

function Figure({ name, value }: { name: string; value: number }) {
  const { i18n } = useTranslation();
  return (
    <Stack className="sg-surface sg-figure" p="md" gap={4}>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text fz={28} fw={650} lh={1.1} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value.toLocaleString(i18n.language)}
      </Text>
    </Stack>
  );
}

const HEIGHT = 36;
const STEP = 6;

function Days({ days }: { days: PdfStatistics['perDay'] }) {
  const { t, i18n } = useTranslation();
  const most = Math.max(1, ...days.map((d) => d.passwords));
  const total = days.reduce((sum, d) => sum + d.passwords, 0);
  const name = t('pdf.figure.perDay', { count: total });
  return (
    <Stack className="sg-surface sg-figure" p="md" gap={4}>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <svg viewBox={`0 0 ${days.length * STEP} ${HEIGHT}`} height={HEIGHT} role="img" aria-label={name}>
        {days.map((d, i) => {
          const height = d.passwords === 0 ? 1 : Math.max(3, (d.passwords / most) * HEIGHT);
          return (
            <rect
              key={d.dayMs}
              x={i * STEP}
              y={HEIGHT - height}
              width={STEP - 2}
              height={height}
              fill="currentColor"
              opacity={d.passwords === 0 ? 0.25 : 0.8}
            >
              <title>{`${dayOf(d.dayMs, i18n.language)}: ${d.passwords}`}</title>
            </rect>
          );
        })}
      </svg>
    </Stack>
  );
}
