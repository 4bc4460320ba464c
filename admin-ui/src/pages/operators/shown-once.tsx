/** A password made by the machine: shown now and never again. */
import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Notice } from '../../parts/notice.tsx';
import { ShownPassword } from '../../parts/shown-password.tsx';

export function ShownOnce({ id, password }: { id: string; password: string }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Notice tone="calm" title={t('operators.onceTitle', { id })}>
        {t('operators.onceText')}
      </Notice>
      <ShownPassword password={password} />
    </Stack>
  );
}
