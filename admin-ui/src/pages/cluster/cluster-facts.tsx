/** What this gateway is in the cluster, and which cluster it is. */
import { DataList } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ClusterStatus } from '../../api/types.ts';
import { Surface } from '../../parts/surface.tsx';

export function ClusterFacts({ status }: { status: ClusterStatus }) {
  const { t } = useTranslation();
  const role = status.members.find(({ isSelf }) => isSelf)?.role;
  const item = (label: string, value: React.ReactNode) => (
    <DataList.Item>
      <DataList.ItemLabel>{t(`cluster.fact.${label}`)}</DataList.ItemLabel>
      <DataList.ItemValue className="sg-long">{value}</DataList.ItemValue>
    </DataList.Item>
  );
  return (
    <Surface title={t('cluster.thisOne')}>
      <DataList labelWidth={140}>
        {role !== undefined &&
          item('role', `${t(`clusterRole.${role}.name`)}: ${t(`clusterRole.${role}.does`)}`)}
        {item('generation', status.generation)}
        {status.external !== '' && item('external', status.external)}
        {item('id', <code>{status.clusterId}</code>)}
      </DataList>
    </Surface>
  );
}
