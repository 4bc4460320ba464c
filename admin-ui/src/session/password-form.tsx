/** A new password for the signed-in operator; the present one is asked for again. */
import { Button, PasswordInput, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ErrorNotice } from '../parts/notice.tsx';

const PASSWORD_CHARS_MIN = 12; // The server's own limit; said before it refuses.

export function PasswordForm({ onChanged }: { onChanged(): void }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const change = useMutation({
    mutationFn: () => api.session.changePassword.mutate({ current, next }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      setAgain('');
      onChanged();
    },
  });
  const tooShort = next !== '' && next.length < PASSWORD_CHARS_MIN;
  const different = again !== '' && again !== next;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (next.length >= PASSWORD_CHARS_MIN && next === again) change.mutate();
  };
  return (
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
  );
}
