/** Makes a cluster out of a gateway on its own, after showing what that does. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { StepList } from './step-list.tsx';
import { useChanged } from './use-changed.ts';

export function FormDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const changed = useChanged();
  const plan = useQuery({
    queryKey: ['cluster', 'plan'],
    queryFn: () => api.cluster.plan.query(),
  });
  const form = async (reason: string): Promise<void> => {
    await api.cluster.init.mutate({ reason });
    await changed(t('cluster.form.done'));
  };
  return (
    <ReasonDialog
      opened
      title={t('cluster.form.title')}
      explanation={t('cluster.form.text')}
      action={t('cluster.form.action')}
      needed={false}
      blocked={!plan.isSuccess}
      onClose={onClose}
      onConfirm={form}
    >
      <Waiting query={plan}>{(steps) => <StepList steps={steps} />}</Waiting>
    </ReasonDialog>
  );
}
