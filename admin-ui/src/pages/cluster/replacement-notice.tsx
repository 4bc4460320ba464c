/** A member is being replaced: how far it is, the way on, and the way back. */
import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ClusterReplacement } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';
import { stageText } from './stage-text.ts';

interface ReplacementNoticeProps {
  readonly replacement: ClusterReplacement;
  /** null: this operator may not. */
  readonly onGoOn: (() => void) | null;
  readonly onEnd: (() => void) | null;
}

export function ReplacementNotice({
  replacement: { name, now, reason },
  onGoOn,
  onEnd,
}: ReplacementNoticeProps) {
  const { t } = useTranslation();
  return (
    <Notice tone={now.stage === 'done' ? 'good' : 'calm'} title={t('cluster.replace.running', { name })}>
      <Text size="sm">{stageText(now, name, t)}</Text>
      <Text size="sm">{t('cluster.replace.why', { reason })}</Text>
      <Group mt="xs" gap="xs">
        {onGoOn !== null && (
          <Button size="xs" onClick={onGoOn}>
            {t('cluster.replace.goOn')}
          </Button>
        )}
        {onEnd !== null && (
          <Button size="xs" variant="default" onClick={onEnd}>
            {t('cluster.replace.end')}
          </Button>
        )}
      </Group>
    </Notice>
  );
}
