/** A long list that is searched and paged; and what it says when it is empty, or nothing in it is found. */
import { Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearchOff } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Pager } from './pager.tsx';
import { SearchField } from './search-field.tsx';
import { Surface } from './surface.tsx';
import { Teaching } from './teaching.tsx';
import { Waiting } from './waiting.tsx';

const TYPING_MS = 250;
const PAGE_ROWS = 25;

interface SearchedListProps<Row> {
  readonly title: string;
  readonly placeholder: string;
  /** Shown when there is nothing at all. */
  readonly empty: ReactNode;
  /** Of its answers, before what is asked for. */
  readonly queryKey: readonly string[];
  ask(request: { search: string; page: number; pageRows: number }): Promise<{
    readonly rows: readonly Row[];
    readonly total: number;
  }>;
  /** With a key. */
  line(row: Row): ReactNode;
}

export function SearchedList<Row>(props: SearchedListProps<Row>) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, TYPING_MS);
  const [page, setPage] = useState(0);
  const query = useQuery({
    queryKey: [...props.queryKey, search, page],
    queryFn: () => props.ask({ search, page, pageRows: PAGE_ROWS }),
    placeholderData: keepPreviousData,
  });
  return (
    <Stack gap="md">
      <SearchField
        placeholder={props.placeholder}
        value={typed}
        onType={(value) => {
          setTyped(value);
          setPage(0);
        }}
      />
      <Waiting query={query}>
        {({ rows, total }) => (
          <>
            <Surface title={props.title} flush>
              {rows.map(props.line)}
              {rows.length === 0 &&
                (search === '' ? (
                  props.empty
                ) : (
                  <Teaching icon={<IconSearchOff />} title={t('nothingFound.title')}>
                    {t('nothingFound.text', { search })}
                  </Teaching>
                ))}
            </Surface>
            <Pager page={page} total={total} pageRows={PAGE_ROWS} onPage={setPage} />
          </>
        )}
      </Waiting>
    </Stack>
  );
}
