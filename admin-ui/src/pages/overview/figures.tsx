/** Four figures that tell whether mail moves: log, spool, queue, free space. */
import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { GatewayStatus } from '../../api/types.ts';
import { Mark, type Tone } from '../../parts/mark.tsx';
import { bytesText } from '../../parts/time.tsx';

export function Figures({ status }: { status: GatewayStatus }) {
  const { t, i18n } = useTranslation();
  const { log, spool, queue } = status;
  const number = (n: number | string): string => Number(n).toLocaleString(i18n.language);
  const logTone: Tone = log === null || log.damagedAt !== null ? 'bad' : log.writable ? 'good' : 'warn';
  const logWord =
    log === null ? 'away' : log.damagedAt !== null ? 'damaged' : log.writable ? 'writable' : 'readOnly';
  return (
    <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: 'sm', sm: 'lg' }}>
      <Figure name={t('figure.log')} value={log === null ? '–' : number(log.head)}>
        <Mark tone={logTone}>{t(`figure.logState.${logWord}`)}</Mark>
      </Figure>
      <Figure name={t('figure.spool')} value={number(spool.waiting)}>
        <Mark tone={spool.held > 0 ? 'warn' : 'none'}>{t('figure.held', { count: spool.held })}</Mark>
      </Figure>
      <Figure name={t('figure.queue')} value={number(queue.waiting)}>
        <Mark tone={queue.deferred > 0 ? 'warn' : 'none'}>
          {t('figure.deferred', { count: queue.deferred })}
        </Mark>
      </Figure>
      <Figure name={t('figure.free')} value={bytesText(spool.freeBytes, i18n.language)}>
        <Mark tone="none">{t('figure.freeNote')}</Mark>
      </Figure>
    </SimpleGrid>
  );
}

function Figure({ name, value, children }: { name: string; value: string; children: React.ReactNode }) {
  return (
    <Stack className="sg-surface sg-figure" p="md" gap={4}>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text fz={28} fw={650} lh={1.1} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value}
      </Text>
      {children}
    </Stack>
  );
}
