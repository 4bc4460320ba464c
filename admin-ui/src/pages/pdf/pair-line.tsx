/** One pair: who writes to whom, the state of the password in words, and a menu of actions. */
import { ActionIcon, Group, Menu, Text } from '@mantine/core';
import { IconBell, IconDots, IconEye, IconLockOpen, IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { PdfPairRow } from '../../api/types.ts';
import { Mark, type Tone } from '../../parts/mark.tsx';
import { dayOf, fullTime } from '../../parts/time.tsx';
import { useMay } from '../../session/use-session.ts';

export type PairAction = 'show' | 'resend' | 'reset' | 'unlock';

const TONES: Readonly<Record<PdfPairRow['state'], Tone>> = {
  'in-force': 'good',
  invited: 'calm',
  expired: 'warn',
  none: 'none',
};

export function PairLine({ row, onAction }: { row: PdfPairRow; onAction(action: PairAction): void }) {
  const { t, i18n } = useTranslation();
  const details = [
    row.sinceMs === null
      ? ''
      : t('pdf.since', { origin: t(`pdf.origin.${row.origin}`), day: dayOf(row.sinceMs, i18n.language) }),
    row.expiresAtMs === null ? '' : t('pdf.expires', { day: dayOf(row.expiresAtMs, i18n.language) }),
    row.invitedUntilMs === null
      ? ''
      : t('pdf.invitedUntil', { day: dayOf(row.invitedUntilMs, i18n.language) }),
    row.lockedUntilMs === null
      ? ''
      : t('pdf.lockedUntil', { time: fullTime(row.lockedUntilMs, i18n.language) }),
  ].filter((text) => text !== '');
  return (
    <Group className="sg-row" justify="space-between" wrap="nowrap" gap="sm">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600} className="sg-long">
          {row.recipient}
        </Text>
        <Text size="xs" c="dimmed" className="sg-long">
          {row.sender === '*' ? t('pdf.allSenders') : t('pdf.from', { sender: row.sender })}
          {details.map((text) => ` · ${text}`)}
        </Text>
      </div>
      <Group gap="xs" wrap="nowrap">
        <Mark tone={row.lockedUntilMs === null ? TONES[row.state] : 'bad'}>
          {t(row.lockedUntilMs === null ? `pdf.state.${row.state}` : 'pdf.state.locked')}
        </Mark>
        <PairMenu row={row} onAction={onAction} />
      </Group>
    </Group>
  );
}

function PairMenu({ row, onAction }: { row: PdfPairRow; onAction(action: PairAction): void }) {
  const { t } = useTranslation();
  const may = useMay();
  const resendable = row.state === 'in-force' && row.sender !== '*' && row.origin !== 'chosen';
  const items = [
    { action: 'show', icon: IconEye, shown: may('pdf.show') && row.passwords > 0 },
    { action: 'resend', icon: IconBell, shown: may('pdf.resendNotice') && resendable },
    { action: 'reset', icon: IconRefresh, shown: may('pdf.reset') && row.passwords > 0 },
    { action: 'unlock', icon: IconLockOpen, shown: may('pdf.unlock') && row.lockedUntilMs !== null },
  ] as const;
  if (items.every(({ shown }) => !shown)) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray.7"
          aria-label={t('pdf.actionsFor', { recipient: row.recipient })}
        >
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map(
          ({ action, icon: Icon, shown }) =>
            shown && (
              <Menu.Item
                key={action}
                leftSection={<Icon size={16} aria-hidden />}
                onClick={() => onAction(action)}
              >
                {t(`pdf.action.${action}`)}
              </Menu.Item>
            ),
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
