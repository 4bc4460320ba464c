/** How far a gateway is with giving away its mails. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DrainState } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';
import { drainText } from './drain-text.ts';

export function DrainNotice({ name, state }: { name: string; state: DrainState }) {
  const { t } = useTranslation();
  return (
    <Notice tone="calm" title={t('cluster.drain.title', { name })}>
      <Text size="sm" aria-live="polite">
        {drainText(state, t)}
      </Text>
    </Notice>
  );
}
