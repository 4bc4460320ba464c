/** Nothing before the sign-in; then a password of one's own; then the pages. */
import { Center, Loader, Stack } from '@mantine/core';
import { Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ErrorNotice } from '../parts/notice.tsx';
import { NewPasswordPage } from '../session/new-password-page.tsx';
import { SignInPage } from '../session/sign-in-page.tsx';
import { SessionContext, useSessionQuery } from '../session/use-session.ts';
import { Shell } from './shell.tsx';

export function Gate() {
  const { t } = useTranslation();
  const session = useSessionQuery();
  if (session.isPending) {
    return (
      <Center mih="100vh">
        <Loader aria-label={t('loading')} />
      </Center>
    );
  }
  if (session.error && session.data === undefined) {
    return (
      <Stack maw={480} mx="auto" p="xl">
        <ErrorNotice error={session.error} />
      </Stack>
    );
  }
  if (!session.data) return <SignInPage />;
  if (session.data.mustChange) return <NewPasswordPage />;
  return (
    <SessionContext value={session.data}>
      <Shell>
        <Outlet />
      </Shell>
    </SessionContext>
  );
}
