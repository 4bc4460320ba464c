/** Another member in the place of one: what that does, in which order, and that it is wanted. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { ClusterMember } from '../../api/types.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { StepList } from './step-list.tsx';
import { useChanged } from './use-changed.ts';

interface ReplaceDialogProps {
  readonly member: ClusterMember;
  onClose(): void;
  /** It has begun: from here on it is followed. */
  onBegun(): void;
}

export function ReplaceDialog({ member: { node, name }, onClose, onBegun }: ReplaceDialogProps) {
  const { t } = useTranslation();
  const changed = useChanged();
  const plan = useQuery({
    queryKey: ['cluster', 'replacePlan', node],
    queryFn: () => api.cluster.replacePlan.query({ member: node }),
  });
  const begin = async (reason: string): Promise<void> => {
    await api.cluster.replace.mutate({ member: node, reason });
    await changed();
  };
  return (
    <ReasonDialog
      opened
      title={t('cluster.replace.title', { name })}
      explanation={t('cluster.replace.text')}
      action={t('cluster.replace.begin')}
      word={name}
      dangerous
      blocked={!plan.isSuccess}
      onClose={onClose}
      onConfirm={begin}
      onDone={onBegun}
    >
      <Waiting query={plan}>
        {({ steps, spare }) => (
          <>
            <StepList steps={steps.map((step) => t(`cluster.replace.step.${step}`, { name, spare }))} />
            <Text size="sm">{t('cluster.replace.later')}</Text>
          </>
        )}
      </Waiting>
    </ReasonDialog>
  );
}
