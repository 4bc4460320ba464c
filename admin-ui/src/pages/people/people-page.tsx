/** Our mail domains and our people: who may sign, whose mail is opened here. */
import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconUserMinus, IconUserPlus, IconUsers } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { PersonRow } from '../../api/types.ts';
import { Mark } from '../../parts/mark.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { SearchedList } from '../../parts/searched-list.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { useToast } from '../../parts/toast.tsx';
import { useMay } from '../../session/use-session.ts';
import { DomainsCard } from './domains-card.tsx';
import { EnrollDialog } from './enroll-dialog.tsx';

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
  const [leaving, setLeaving] = useState<PersonRow | null>(null);
  const withdraw = async (reason: string): Promise<void> => {
    if (leaving === null) return;
    await api.people.withdraw.mutate({ address: leaving.address, reason });
    toast(t('people.withdrawn', { address: leaving.address }));
    await client.invalidateQueries({ queryKey: ['people'] });
  };
  return (
    <>
      <SearchedList
        title={t('people.list')}
        placeholder={t('people.placeholder')}
        queryKey={['people']}
        ask={(request) => api.people.list.query(request)}
        line={(row) => (
          <PersonLine
            key={row.address}
            row={row}
            onWithdraw={may('people.withdraw') ? () => setLeaving(row) : null}
          />
        )}
        empty={
          <Teaching icon={<IconUsers />} title={t('people.none.title')}>
            {t('people.none.text')}
          </Teaching>
        }
      />
      <ReasonDialog
        opened={leaving !== null}
        title={t('people.withdrawTitle')}
        explanation={t('people.withdrawText', { address: leaving?.address ?? '' })}
        action={t('people.withdraw')}
        dangerous
        onClose={() => setLeaving(null)}
        onConfirm={withdraw}
      />
    </>
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
