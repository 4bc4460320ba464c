/** The two big buttons of the try-out: a sample mail, protected one way or the other. */
import { Box, Button, Group, Text } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ErrorNotice } from '../../parts/notice.tsx';
import { Surface } from '../../parts/surface.tsx';
import { useToast } from '../../parts/toast.tsx';

export function SampleCard() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const send = useMutation({
    mutationFn: (technology: 'smime' | 'openpgp') => api.mailbox.sendSample.mutate({ technology }),
    onSuccess: async () => {
      toast(t('mailbox.sent'));
      await client.invalidateQueries({ queryKey: ['mailbox'] });
    },
  });
  return (
    <Surface>
      <Group justify="space-between" gap="md">
        <Box maw={460}>
          <Text fw={600}>{t('mailbox.sampleTitle')}</Text>
          <Text size="sm" c="dimmed">
            {t('mailbox.sampleText')}
          </Text>
        </Box>
        <Group gap="sm">
          {(['smime', 'openpgp'] as const).map((technology) => (
            <Button
              key={technology}
              size="md"
              variant={technology === 'smime' ? 'filled' : 'default'}
              leftSection={<IconSend size={18} aria-hidden />}
              loading={send.isPending && send.variables === technology}
              onClick={() => send.mutate(technology)}
            >
              {t('mailbox.send', { technology: t(`technology.${technology}`) })}
            </Button>
          ))}
        </Group>
      </Group>
      <ErrorNotice error={send.error} />
    </Surface>
  );
}
