/** Has a mail that waits for its next attempt tried at once. */
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ErrorNotice } from '../../parts/notice.tsx';
import { useToast } from '../../parts/toast.tsx';

export function RetryButton({ queueId }: { queueId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const retry = useMutation({
    mutationFn: () => api.queue.retry.mutate({ queueId }),
    onSuccess: async () => {
      toast(t('mail.retried'));
      await client.invalidateQueries({ queryKey: ['mail'] });
    },
  });
  return (
    <>
      <Button size="compact-sm" variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
        {t('mail.retry')}
      </Button>
      <ErrorNotice error={retry.error} />
    </>
  );
}
