/** One mail in a list: from whom, to whom, when, how it went. */
import { Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { MailRow } from '../../api/types.ts';
import { Mark, type Tone } from '../../parts/mark.tsx';
import { Ago } from '../../parts/time.tsx';

export const STATE_TONES: Readonly<Record<MailRow['state'], Tone>> = {
  'in-line': 'calm',
  held: 'warn',
  returned: 'bad',
  sending: 'calm',
  sent: 'good',
  deleted: 'none',
};

export function MailLine({ row }: { row: MailRow }) {
  const { t } = useTranslation();
  const [first = '', ...others] = row.recipients;
  const words = [...protectionWords(row, t), ...gatewayWords(row, t)];
  return (
    <Link to="/mails/$spoolId" params={{ spoolId: row.spoolId }} className="sg-row-link">
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" fw={600} truncate>
          {row.sender ?? t('mails.nullSender')}
        </Text>
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }} component="span">
          <Ago atMs={row.atMs} />
        </Text>
      </Group>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" truncate>
          → {first}
          {others.length > 0 && ` ${t('mails.others', { count: others.length })}`}
        </Text>
        <Mark tone={STATE_TONES[row.state]}>{t(`mailState.${row.state}`)}</Mark>
      </Group>
      {words.length > 0 && (
        <Text size="xs" c="dimmed" truncate>
          {words.join(' · ')}
        </Text>
      )}
    </Link>
  );
}

/** The gateways it was on; none where there is one only. */
export function gatewayWords({ gateways }: Pick<MailRow, 'gateways'>, t: TFunction): string[] {
  return gateways.map(({ name, isCopy }) => (isCopy ? t('mails.copy', { name }) : name));
}

/** How it came in when that was protected, else how it left. */
function protectionWords({ verdict, protections }: MailRow, t: TFunction): string[] {
  const { encryption = 'none', signature = 'none' } = verdict ?? {};
  const arrived = [
    ...(encryption === 'none' ? [] : [t(`verdict.encryption.${encryption}`)]),
    ...(signature === 'none' ? [] : [t(`verdict.signature.${signature}`)]),
  ];
  return arrived.length > 0 ? arrived : protections.map((word) => t(`protection.${word}`, word));
}
