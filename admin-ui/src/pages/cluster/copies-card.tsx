/** The second copies of accepted mails: of ours elsewhere, of others' here. */
import { DataList } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { Surface } from '../../parts/surface.tsx';

const REFRESH_MS = 5_000;
const COUNTS = ['mirrored', 'unmirrored', 'held', 'adopted', 'possibleDoubles'] as const;

/** Nothing while nothing is told. */
export function CopiesCard() {
  const { t, i18n } = useTranslation();
  const query = useQuery({
    queryKey: ['overview'],
    queryFn: () => api.status.overview.query(),
    refetchInterval: REFRESH_MS,
  });
  const copies = query.data?.status.copies;
  if (!copies) return null;
  return (
    <Surface title={t('copies.title')}>
      <DataList labelWidth={240}>
        {COUNTS.map((name) => (
          <DataList.Item key={name}>
            <DataList.ItemLabel>{t(`copies.${name}`)}</DataList.ItemLabel>
            <DataList.ItemValue>{copies[name].toLocaleString(i18n.language)}</DataList.ItemValue>
          </DataList.Item>
        ))}
      </DataList>
    </Surface>
  );
}
