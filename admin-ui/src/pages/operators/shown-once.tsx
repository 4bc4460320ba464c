/** A password made by the machine: shown now and never again. */
import { Button, Code, CopyButton, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Notice } from '../../parts/notice.tsx';

export function ShownOnce({ id, password }: { id: string; password: string }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Notice tone="calm" title={t('operators.onceTitle', { id })}>
        {t('operators.onceText')}
      </Notice>
      <Group>
        <Code fz="lg" p="sm">
          {password}
        </Code>
        <CopyButton value={password}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {t(copied ? 'copied' : 'copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Stack>
  );
}
