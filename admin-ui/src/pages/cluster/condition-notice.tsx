/** How the cluster is, in plain words: what it means for mail and for changes, and what to do. */
import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ClusterCondition, MemberGlance } from '../../api/types.ts';
import type { Tone } from '../../parts/mark.tsx';
import { Notice } from '../../parts/notice.tsx';

export const CONDITION_TONES: Readonly<Record<ClusterCondition, Tone>> = {
  well: 'good',
  alone: 'calm',
  'gateway-gone': 'warn',
  'witness-gone': 'warn',
  'one-copy': 'warn',
  'no-second-copy': 'bad',
  'pair-apart': 'bad',
  'no-majority': 'bad',
  'cut-off': 'bad',
  superseded: 'bad',
  'changes-stopped': 'bad',
};

interface ConditionNoticeProps {
  readonly condition: ClusterCondition;
  readonly members: readonly MemberGlance[];
  /** Why no changes can be made, as the gateway says it; empty when they can. */
  readonly reason: string;
}

export function ConditionNotice({ condition, members, reason }: ConditionNoticeProps) {
  const { t } = useTranslation();
  const names = goneOf(members).join(', ');
  return (
    <Notice tone={CONDITION_TONES[condition]} title={t(`clusterCondition.${condition}.title`, { names })}>
      <Stack gap={4}>
        {(['mail', 'changes'] as const).map((what) => (
          <Text key={what} size="sm">
            <b>{t(`clusterCondition.${what}`)}</b> {t(`clusterCondition.${condition}.${what}`, { names })}
          </Text>
        ))}
        {reason !== '' && <Text size="sm">{t('clusterCondition.reason', { reason })}</Text>}
      </Stack>
    </Notice>
  );
}

export function goneOf(members: readonly MemberGlance[]): string[] {
  return members.filter(({ alive }) => alive === false).map(({ name }) => name);
}
