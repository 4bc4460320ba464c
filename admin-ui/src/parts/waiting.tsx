/** The result of a question to the gateway: waiting, an error in words, or what to show. */
import { Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNotice } from './notice.tsx';

interface WaitingProps<T> {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}

/** What was known is still shown when asking again has failed, and it is said that it has. */
export function Waiting<T>({ query, children }: WaitingProps<T>) {
  if (query.data === undefined) return query.error ? <ErrorNotice error={query.error} /> : <WaitingLines />;
  return (
    <>
      <ErrorNotice error={query.error} />
      {children(query.data)}
    </>
  );
}

/** In the place of what is not there yet. */
export function WaitingLines() {
  const { t } = useTranslation();
  return (
    <Stack p="md" role="status" aria-label={t('loading')}>
      <Skeleton height={18} width="45%" />
      <Skeleton height={18} width="80%" />
      <Skeleton height={18} width="65%" />
    </Stack>
  );
}
