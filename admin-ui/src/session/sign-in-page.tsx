/** Sign-in: a name, a password, and a word that helps when it does not work. */
import { Button, Center, Group, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { LogoSign } from '../app/logo.tsx';
import { ColourSchemeSwitch, LanguageSelect } from '../app/preferences.tsx';
import { SESSION_KEY } from '../app/query-client.ts';
import { ErrorNotice, Notice } from '../parts/notice.tsx';

export function SignInPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => api.session.signIn.mutate({ name, password }),
    onSuccess: async (result) => {
      setPassword('');
      if (result.kind === 'signed-in') await client.invalidateQueries({ queryKey: SESSION_KEY });
    },
  });
  useEffect(() => {
    document.title = `${t('signIn.title')} · Sealgate`;
  }, [t]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() && password) signIn.mutate();
  };
  const refused = signIn.data;
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack w="100%" maw={400} gap="lg">
        <Stack gap="xs" align="center">
          <LogoSign size={52} />
          <Title order={1}>{t('signIn.title')}</Title>
          <Text c="dimmed" ta="center">
            {t('signIn.lead')}
          </Text>
        </Stack>
        <form className="sg-surface" onSubmit={submit} style={{ padding: 'var(--mantine-spacing-lg)' }}>
          <Stack>
            <TextInput
              label={t('signIn.name')}
              autoComplete="username"
              autoCapitalize="none"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              required
              autoFocus
            />
            <PasswordInput
              label={t('signIn.password')}
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
              required
            />
            {refused?.kind === 'wrong' && <Notice tone="bad">{t('signIn.wrong')}</Notice>}
            {refused?.kind === 'wait' && (
              <Notice tone="warn">{t('signIn.wait', { count: Math.ceil(refused.waitMs / 1000) })}</Notice>
            )}
            <ErrorNotice error={signIn.error} />
            <Button type="submit" loading={signIn.isPending}>
              {t('signIn.action')}
            </Button>
          </Stack>
        </form>
        <Text size="sm" c="dimmed" ta="center">
          {t('signIn.first')}
        </Text>
        <Group justify="center" gap="xs">
          <ColourSchemeSwitch />
          <LanguageSelect />
        </Group>
      </Stack>
    </Center>
  );
}
