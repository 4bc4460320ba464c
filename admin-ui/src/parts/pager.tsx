/** Back and forth in a long list. */
import { Group, Pagination, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface PagerProps {
  readonly page: number;
  readonly total: number;
  readonly pageRows: number;
  onPage(page: number): void;
}

/** Pages count from 0 here and from 1 for the reader. */
export function Pager({ page, total, pageRows, onPage }: PagerProps) {
  const { t } = useTranslation();
  const pages = Math.ceil(total / pageRows);
  return (
    <Group justify="space-between" gap="sm">
      <Text size="sm" c="dimmed">
        {t('pager.total', { count: total })}
      </Text>
      {pages > 1 && (
        <Pagination
          size="sm"
          total={pages}
          value={page + 1}
          onChange={(value) => onPage(value - 1)}
          getControlProps={(control) => ({ 'aria-label': t(`pager.${control}`) })}
        />
      )}
    </Group>
  );
}
