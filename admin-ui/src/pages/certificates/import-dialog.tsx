/** Import by dropping files, or choosing them: what was in them, entry by entry. */
import { Button, FileButton, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '../../api/client.ts';
import type { ImportReport } from '../../api/types.ts';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { fileAsBase64 } from '../../parts/save-file.ts';
import { ReportList } from './report-list.tsx';

const FILE_BYTES_MAX = 10 * 1024 * 1024; // The server takes no more.
const ACCEPTED = '.pem,.crt,.cer,.der,.p12,.pfx,.p7b,.p7c,.asc,.gpg,.pgp,.key';

interface FileReport {
  readonly fileName: string;
  readonly report: ImportReport;
}

export function ImportDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [waiting, setWaiting] = useState<readonly File[]>([]);
  const [password, setPassword] = useState('');
  const [reports, setReports] = useState<readonly FileReport[]>([]);
  const [over, setOver] = useState(false);

  const importing = useMutation({
    mutationFn: async (files: readonly File[]) => {
      setWaiting(files);
      for (const [index, file] of files.entries()) {
        const base64 = await fileAsBase64(file);
        const report = await api.certificates.import.mutate({ fileName: file.name, base64, password });
        setReports((all) => [...all, { fileName: file.name, report }]);
        setWaiting(files.slice(index + 1));
      }
      setPassword('');
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['certificates'] }),
  });
  const refusal = isApiError(importing.error) ? importing.error.data?.refusal : null;
  const asksPassword = refusal === 'wrong-password';
  const tooBig = waiting.find((file) => file.size > FILE_BYTES_MAX);

  const take = (files: readonly File[]): void => {
    setReports([]);
    importing.reset();
    setWaiting(files);
    if (files.length > 0 && !files.some((file) => file.size > FILE_BYTES_MAX)) importing.mutate(files);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take([...event.dataTransfer.files]);
  };
  const close = (): void => {
    setReports([]);
    setWaiting([]);
    setPassword('');
    importing.reset();
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('import.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first. */}
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
          <FileButton multiple accept={ACCEPTED} onChange={take}>
            {(props) => (
              <Button variant="default" {...props} loading={importing.isPending}>
                {t('import.choose')}
              </Button>
            )}
          </FileButton>
        </div>
        {tooBig && <Notice tone="bad">{t('import.tooBig', { name: tooBig.name })}</Notice>}
        {asksPassword && waiting[0] ? (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              importing.mutate(waiting);
            }}
          >
            <Group align="flex-end">
              <PasswordInput
                flex={1}
                label={t('import.password', { name: waiting[0].name })}
                error={password === '' ? null : t('import.wrongPassword')}
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
                autoComplete="off"
                data-autofocus
              />
              <Button type="submit" loading={importing.isPending}>
                {t('import.again')}
              </Button>
            </Group>
          </form>
        ) : (
          <ErrorNotice error={importing.error} />
        )}
        {reports.map(({ fileName, report }) => (
          <ReportList key={fileName} fileName={fileName} report={report} onLeave={close} />
        ))}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('close')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
