/** Begins a new generation on this gateway, after most voters are lost for good: who is off, and that it is sure. */
import { Checkbox, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { ClusterStatus } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { useChanged } from './use-changed.ts';

export function RecoverDialog({ status, onClose }: { status: ClusterStatus; onClose(): void }) {
  const { t } = useTranslation();
  const changed = useChanged();
  const [dead, setDead] = useState<readonly string[]>([]);
  const others = status.members.filter(({ isSelf }) => !isSelf);
  /** A database of the operator's own can have lost what it held, with all gateways there. */
  const isExternal = status.external !== '';
  const self = status.members.find(({ isSelf }) => isSelf)?.name ?? '';
  const recover = async (reason: string): Promise<void> => {
    await api.cluster.recover.mutate({ confirmDead: [...dead], reason });
    await changed(t('cluster.recover.done'));
  };
  return (
    <ReasonDialog
      opened
      title={t('cluster.recover.title')}
      explanation={t('cluster.recover.text', { generation: status.generation + 1 })}
      action={t('cluster.recover.action')}
      word={self}
      dangerous
      blocked={dead.length === 0 && !isExternal}
      onClose={onClose}
      onConfirm={recover}
    >
      <Stack gap="sm">
        <Notice tone="bad" title={t('cluster.recover.sure')}>
          {t('cluster.recover.sureText')}
        </Notice>
        <Checkbox.Group
          label={t('cluster.recover.dead')}
          value={[...dead]}
          onChange={(nodes: string[]) => setDead(nodes)}
        >
          <Stack gap="xs" mt="xs">
            {others.map(({ node, name, site }) => (
              <Checkbox key={node} value={node} label={site === '' ? name : `${name} (${site})`} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Text size="sm">{t(isExternal ? 'cluster.recover.external' : 'cluster.recover.follow')}</Text>
      </Stack>
    </ReasonDialog>
  );
}
