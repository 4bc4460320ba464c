/** A fault of the page itself: said plainly, with the one thing that helps. */
import { Button, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Notice } from '../parts/notice.tsx';

export function Unexpected({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <Stack p="md" align="flex-start">
      <Notice tone="bad" title={t('unexpected.title')}>
        {t('unexpected.text')} ({error instanceof Error ? error.message : String(error)})
      </Notice>
      <Button onClick={() => location.reload()}>{t('unexpected.reload')}</Button>
    </Stack>
  );
}
