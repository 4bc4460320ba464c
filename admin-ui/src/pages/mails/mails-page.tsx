/** Search in the mails that passed, by sender, recipient and id. */
import { Group, SegmentedControl, Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconMail } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { MailRow } from '../../api/types.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { WaitingLines } from '../../parts/waiting.tsx';
import { MailLine } from './mail-line.tsx';
import { SilentNotice } from './silent-notice.tsx';

const TYPING_MS = 250;
const REFRESH_MS = 10_000;
const PAGE_ROWS = 25;
const STATES = ['', 'in-line', 'held', 'returned', 'sending', 'sent'] as const;

const route = getRouteApi('/mails');

export function MailsPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(search.search ?? '');
  const [settled] = useDebouncedValue(typed, TYPING_MS);
  useEffect(() => {
    void navigate({ search: (old) => ({ ...old, search: settled || undefined }), replace: true });
  }, [settled, navigate]);
  const state = STATES.find((s) => s !== '' && s === search.state) as MailRow['state'] | undefined;
  const query = useInfiniteQuery({
    queryKey: ['mails', 'search', settled, state],
    queryFn: ({ pageParam }) =>
      api.mails.list.query({ search: settled, state: state ?? null, before: pageParam, limit: PAGE_ROWS }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: REFRESH_MS,
  });
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  const asked = settled !== '' || state !== undefined;
  return (
    <>
      <PageHead title={t('mails.title')} lead={t('mails.lead')} />
      <Stack gap="md">
        <Group gap="md">
          <SearchField
            flex="1 1 260px"
            placeholder={t('mails.placeholder')}
            value={typed}
            onType={setTyped}
          />
        </Group>
        <div className="sg-scroll-x">
          <SegmentedControl
            aria-label={t('mails.stateFilter')}
            value={state ?? ''}
            onChange={(value) =>
              void navigate({ search: (old) => ({ ...old, state: value || undefined }), replace: true })
            }
            data={STATES.map((s) => ({ value: s, label: s === '' ? t('mails.every') : t(`mailState.${s}`) }))}
          />
        </div>
        <ErrorNotice error={query.error} />
        <SilentNotice silent={query.data?.pages.at(-1)?.silent ?? []} />
        <Surface flush>
          {query.isLoading && <WaitingLines />}
          {rows.map((row) => (
            <MailLine key={row.spoolId} row={row} />
          ))}
          {rows.length === 0 && query.isSuccess && (
            <Teaching icon={<IconMail />} title={asked ? t('mails.notFound.title') : t('mails.none.title')}>
              {asked ? t('mails.notFound.text') : t('mails.none.text')}
            </Teaching>
          )}
        </Surface>
        <MoreButton label={t('more')} query={query} />
      </Stack>
    </>
  );
}
