/** A token, shown this one time: the line to type on the new machine, and until when it is good. */
import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClusterToken } from '../../api/types.ts';
import { CopyTextButton } from '../../parts/copy-text-button.tsx';
import { Notice } from '../../parts/notice.tsx';
import { fullTime } from '../../parts/time.tsx';

const LOOPBACK = /^(127\.|localhost\b|\[?::1\]?)/;

interface TokenShownProps {
  readonly token: ClusterToken;
  readonly isWitness: boolean;
  /** Further buttons. */
  readonly children?: ReactNode;
}

export function TokenShown({ token, isWitness, children }: TokenShownProps) {
  const { t, i18n } = useTranslation();
  const command = `sealgate ${isWitness ? 'witness' : 'cluster'} join ${token.address} ${token.token}`;
  return (
    <Stack>
      <Notice tone="calm" title={t('cluster.token.once')}>
        {t('cluster.token.until', { time: fullTime(token.expiresAtMs, i18n.language) })}
      </Notice>
      {LOOPBACK.test(token.address) && (
        <Notice tone="warn">{t('cluster.token.loopback', { address: token.address })}</Notice>
      )}
      <Text size="sm">{t(isWitness ? 'cluster.token.typeWitness' : 'cluster.token.type')}</Text>
      <pre className="sg-surface sg-source">{command}</pre>
      <Group justify="flex-end">
        <CopyTextButton text={command} />
        {children}
      </Group>
    </Stack>
  );
}
