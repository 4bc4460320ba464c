/** One mail of the mailbox: the gateway's word about it, its source, and the way to answer it encrypted. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { IconLockCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { Mark } from '../../parts/mark.tsx';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { Surface } from '../../parts/surface.tsx';
import { bytesText } from '../../parts/time.tsx';
import { useToast } from '../../parts/toast.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';
import { PROTECTION_TONES } from './protection-tones.ts';
import { ReadingView } from './reading.tsx';

export function MailView({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const query = useQuery({ queryKey: ['mailbox', id], queryFn: () => api.mailbox.get.query({ id }) });
  const answer = useMutation({
    mutationFn: () => api.mailbox.answerEncrypted.mutate({ id }),
    onSuccess: async () => {
      toast(t('mailbox.answered'));
      await client.invalidateQueries({ queryKey: ['mailbox'] });
    },
  });
  return (
    <Waiting query={query}>
      {(mail) => (
        <Surface title={mail.subject === '' ? t('mailbox.noSubject') : mail.subject}>
          <Stack gap="sm">
            <Group gap="md">
              <Mark tone={PROTECTION_TONES[mail.protection]}>{t(`leftAs.${mail.protection}`)}</Mark>
              <Text size="xs" c="dimmed">
                {bytesText(mail.sizeBytes, i18n.language)}
              </Text>
            </Group>
            <Text size="sm" className="sg-long">
              {mail.sender} → {mail.recipients.join(', ')}
            </Text>
            {mail.statusHeader !== '' && (
              <Notice tone="good" title={t('mailbox.status')}>
                {mail.statusHeader}
              </Notice>
            )}
            <ReadingView reading={mail.reading} byPartner={mail.answerable} />
            {mail.answerable && may('mailbox.answerEncrypted') && (
              <Group>
                <Button
                  leftSection={<IconLockCheck size={18} aria-hidden />}
                  loading={answer.isPending}
                  onClick={() => answer.mutate()}
                >
                  {t('mailbox.answer')}
                </Button>
              </Group>
            )}
            <ErrorNotice error={answer.error} />
            <Text size="sm" fw={600}>
              {t('mailbox.source')}
            </Text>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: an area that scrolls must be reachable with the keyboard. */}
            <section className="sg-mail-source" aria-label={t('mailbox.source')} tabIndex={0}>
              <pre className="sg-source">{mail.source}</pre>
            </section>
            {mail.truncated && (
              <Text size="xs" c="dimmed">
                {t('mailbox.truncated')}
              </Text>
            )}
          </Stack>
        </Surface>
      )}
    </Waiting>
  );
}
