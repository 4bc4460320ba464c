/** The first password was made by the machine and seen by others: before anything else the operator sets another. */
import { Button, Center, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { SESSION_KEY } from '../app/query-client.ts';
import { ErrorNotice } from '../parts/notice.tsx';

const PASSWORD_CHARS_MIN = 12; // The server's own limit; said before it refuses.

export function NewPasswordPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const change = useMutation({
    mutationFn: () => api.session.changePassword.mutate({ current, next }),
    onSuccess: () => client.invalidateQueries({ queryKey: SESSION_KEY }),
  });
  const tooShort = next !== '' && next.length < PASSWORD_CHARS_MIN;
  const different = again !== '' && again !== next;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (next.length >= PASSWORD_CHARS_MIN && next === again) change.mutate();
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack w="100%" maw={420}>
        <Title order={1}>{t('newPassword.title')}</Title>
        <Text c="dimmed">{t('newPassword.lead')}</Text>
        <form className="sg-surface" onSubmit={submit} style={{ padding: 'var(--mantine-spacing-lg)' }}>
          <Stack>
            <PasswordInput
              label={t('newPassword.current')}
              autoComplete="current-password"
              value={current}
              onChange={(event) => setCurrent(event.currentTarget.value)}
              required
            />
            <PasswordInput
              label={t('newPassword.next')}
              description={t('newPassword.rule', { count: PASSWORD_CHARS_MIN })}
              autoComplete="new-password"
              value={next}
              onChange={(event) => setNext(event.currentTarget.value)}
              error={tooShort ? t('newPassword.tooShort') : null}
              required
            />
            <PasswordInput
              label={t('newPassword.again')}
              autoComplete="new-password"
              value={again}
              onChange={(event) => setAgain(event.currentTarget.value)}
              error={different ? t('newPassword.different') : null}
              required
            />
            <ErrorNotice error={change.error} />
            <Button type="submit" loading={change.isPending}>
              {t('newPassword.action')}
            </Button>
          </Stack>
        </form>
      </Stack>
    </Center>
  );
}
