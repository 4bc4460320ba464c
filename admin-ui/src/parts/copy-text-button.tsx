/** Puts a text into the clipboard, and says so for a moment. */
import { Button, CopyButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function CopyTextButton({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button variant="default" onClick={copy}>
          {t(copied ? 'copied' : 'copy')}
        </Button>
      )}
    </CopyButton>
  );
}
