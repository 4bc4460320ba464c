/** Where files are dropped, or chosen with a button. */
import { Button, FileButton, Text } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

const ACCEPTED = '.pem,.crt,.cer,.der,.p12,.pfx,.p7b,.p7c,.asc,.gpg,.pgp,.key';

export function DropArea({ busy, onFiles }: { busy: boolean; onFiles(files: readonly File[]): void }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first.
    <div
      className="sg-drop"
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconFileImport size={34} stroke={1.4} aria-hidden />
      <Text fw={600}>{t('import.drop')}</Text>
      <Text size="sm" c="dimmed" ta="center">
        {t('import.formats')}
      </Text>
      <FileButton multiple accept={ACCEPTED} onChange={onFiles}>
        {(props) => (
          <Button variant="default" {...props} loading={busy}>
            {t('import.choose')}
          </Button>
        )}
      </FileButton>
    </div>
  );
}
