/** The event log for people: who changed what, when and why; nothing in it can be changed. */
import { SimpleGrid, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconBook2 } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { WaitingLines } from '../../parts/waiting.tsx';
import { EventLine } from './event-line.tsx';

const TYPING_MS = 250;
const PAGE_ROWS = 50;
const DAY_MS = 86_400_000;
const route = getRouteApi('/log');

/** A day as the browser's date field gives it, from its first or to its last moment here. */
function dayAsMs(day: string, end: boolean): number | null {
  const start = new Date(`${day}T00:00:00`).getTime();
  return Number.isNaN(start) ? null : end ? start + DAY_MS - 1 : start;
}

export function LogPage() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(route.useSearch().search ?? '');
  const [actorTyped, setActorTyped] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [search] = useDebouncedValue(typed, TYPING_MS);
  const [actor] = useDebouncedValue(actorTyped, TYPING_MS);
  const query = useInfiniteQuery({
    queryKey: ['events', search, actor, from, to],
    queryFn: ({ pageParam }) =>
      api.audit.events.query({
        before: pageParam,
        limit: PAGE_ROWS,
        search,
        actor,
        fromMs: dayAsMs(from, false),
        toMs: dayAsMs(to, true),
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <>
      <PageHead title={t('log.title')} lead={t('log.lead')} />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <SearchField placeholder={t('log.placeholder')} value={typed} onType={setTyped} />
        <TextInput
          label={t('log.actor')}
          placeholder="operator/admin"
          value={actorTyped}
          onChange={(event) => setActorTyped(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label={t('log.from')}
          value={from}
          onChange={(e) => setFrom(e.currentTarget.value)}
        />
        <TextInput
          type="date"
          label={t('log.to')}
          value={to}
          onChange={(e) => setTo(e.currentTarget.value)}
        />
      </SimpleGrid>
      <ErrorNotice error={query.error} />
      <Surface flush>
        {query.isLoading && <WaitingLines />}
        {rows.map((row) => (
          <EventLine key={row.position} row={row} />
        ))}
        {rows.length === 0 && query.isSuccess && (
          <Teaching icon={<IconBook2 />} title={t('log.none.title')}>
            {t(query.hasNextPage ? 'log.none.further' : 'log.none.text')}
          </Teaching>
        )}
      </Surface>
      <MoreButton label={t('log.older')} query={query} />
    </>
  );
}
