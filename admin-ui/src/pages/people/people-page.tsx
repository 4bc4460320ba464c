/** Our mail domains and our people: who may sign, whose mail is opened here. */
import { ActionIcon, Button, Group, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconUserMinus, IconUserPlus, IconUsers } from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { PersonRow } from '../../api/types.ts';
import { Mark } from '../../parts/mark.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Pager } from '../../parts/pager.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { useToast } from '../../parts/toast.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';
import { DomainsCard } from './domains-card.tsx';
import { EnrollDialog } from './enroll-dialog.tsx';

const TYPING_MS = 250;
const PAGE_ROWS = 25;

export function PeoplePage() {
  const { t } = useTranslation();
  const may = useMay();
  const [enrolling, setEnrolling] = useState(false);
  return (
    <>
      <PageHead
        title={t('people.title')}
        lead={t('people.lead')}
        actions={
          may('people.enroll') && (
            <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setEnrolling(true)}>
              {t('people.enroll')}
            </Button>
          )
        }
      />
      <DomainsCard />
      {may('people.list') && <PeopleList />}
      <EnrollDialog opened={enrolling} onClose={() => setEnrolling(false)} />
    </>
  );
}

function PeopleList() {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const [settled] = useDebouncedValue(typed, TYPING_MS);
  const [page, setPage] = useState(0);
  const [leaving, setLeaving] = useState<PersonRow | null>(null);
  const query = useQuery({
    queryKey: ['people', settled, page],
    queryFn: () => api.people.list.query({ search: settled, page, pageRows: PAGE_ROWS }),
    placeholderData: keepPreviousData,
  });
  const withdraw = async (reason: string): Promise<void> => {
    if (leaving === null) return;
    await api.people.withdraw.mutate({ address: leaving.address, reason });
    toast(t('people.withdrawn', { address: leaving.address }));
    await client.invalidateQueries({ queryKey: ['people'] });
  };
  return (
    <Stack gap="md">
      <SearchField
        placeholder={t('people.placeholder')}
        value={typed}
        onType={(value) => {
          setTyped(value);
          setPage(0);
        }}
      />
      <Waiting query={query}>
        {({ rows, total }) => (
          <>
            <Surface title={t('people.list')} flush>
              {rows.map((row) => (
                <PersonLine
                  key={row.address}
                  row={row}
                  onWithdraw={may('people.withdraw') ? () => setLeaving(row) : null}
                />
              ))}
              {rows.length === 0 && (
                <Teaching icon={<IconUsers />} title={t('people.none.title')}>
                  {t('people.none.text')}
                </Teaching>
              )}
            </Surface>
            <Pager page={page} total={total} pageRows={PAGE_ROWS} onPage={setPage} />
          </>
        )}
      </Waiting>
      <ReasonDialog
        opened={leaving !== null}
        title={t('people.withdrawTitle')}
        explanation={t('people.withdrawText', { address: leaving?.address ?? '' })}
        action={t('people.withdraw')}
        dangerous
        onClose={() => setLeaving(null)}
        onConfirm={withdraw}
      />
    </Stack>
  );
}

function PersonLine({ row, onWithdraw }: { row: PersonRow; onWithdraw: (() => void) | null }) {
  const { t } = useTranslation();
  return (
    <Group className="sg-row" justify="space-between" wrap="nowrap" gap="sm">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600} truncate>
          {row.address}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {row.name !== '' && `${row.name} · `}
          {row.smime + row.openpgp === 0
            ? t('people.noKeys')
            : t('people.keys', { smime: row.smime, openpgp: row.openpgp })}
        </Text>
      </div>
      <Group gap="xs" wrap="nowrap">
        <Mark tone={row.enrolled ? 'good' : 'none'}>
          {t(row.enrolled ? 'people.enrolled' : 'people.notEnrolled')}
        </Mark>
        {onWithdraw && row.enrolled && (
          <ActionIcon
            variant="subtle"
            color="gray.7"
            aria-label={t('people.withdrawOf', { address: row.address })}
            onClick={onWithdraw}
          >
            <IconUserMinus size={18} />
          </ActionIcon>
        )}
      </Group>
    </Group>
  );
}
