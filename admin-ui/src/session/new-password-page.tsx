/** The first password was made by the machine and seen by others: before anything else the operator sets another. */
import { Center, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { SESSION_KEY } from '../app/query-client.ts';
import { PasswordForm } from './password-form.tsx';

export function NewPasswordPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack w="100%" maw={420}>
        <Title order={1}>{t('newPassword.title')}</Title>
        <Text c="dimmed">{t('newPassword.lead')}</Text>
        <PasswordForm onChanged={() => void client.invalidateQueries({ queryKey: SESSION_KEY })} />
      </Stack>
    </Center>
  );
}
