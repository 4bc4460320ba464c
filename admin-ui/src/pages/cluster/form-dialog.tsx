/** Makes a cluster out of a gateway on its own, after showing what that does. */
import { List } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { useToast } from '../../parts/toast.tsx';
import { Waiting } from '../../parts/waiting.tsx';

export function FormDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const plan = useQuery({
    queryKey: ['cluster', 'plan'],
    queryFn: () => api.cluster.plan.query(),
    enabled: opened,
  });
  const form = async (reason: string): Promise<void> => {
    await api.cluster.init.mutate({ reason });
    toast(t('cluster.form.done'));
    await client.invalidateQueries({ queryKey: ['cluster'] });
  };
  return (
    <ReasonDialog
      opened={opened}
      title={t('cluster.form.title')}
      explanation={t('cluster.form.text')}
      action={t('cluster.form.action')}
      needed={false}
      blocked={!plan.isSuccess}
      onClose={onClose}
      onConfirm={form}
    >
      <Waiting query={plan}>
        {(steps) => (
          <List size="sm" spacing={4} withPadding className="sg-long">
            {steps.map((step) => (
              <List.Item key={step}>{step}</List.Item>
            ))}
          </List>
        )}
      </Waiting>
    </ReasonDialog>
  );
}
