/** What is wrong, each with what to do about it. */
import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';

export function AlarmList({ alarms }: { alarms: readonly Alarm[] }) {
  const { t } = useTranslation();
  if (alarms.length === 0) return null;
  return (
    <Stack gap="xs">
      {alarms.map((alarm) => {
        const facts = { ...alarm.facts, process: t(`process.${alarm.facts.name}`, '') };
        return (
          <Notice
            key={`${alarm.code} ${alarm.facts.name ?? ''}`}
            tone={alarm.severity === 'red' ? 'bad' : 'warn'}
            title={t(`alarm.${alarm.code}.what`, facts)}
          >
            {t(`alarm.${alarm.code}.do`, facts)}
          </Notice>
        );
      })}
    </Stack>
  );
}
