/** Import by dropping files, or choosing them: what was in them, entry by entry. */
import { Button, Group, PasswordInput, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { DropArea } from './drop-area.tsx';
import { ReportList } from './report-list.tsx';
import { useImport } from './use-import.ts';

export function ImportDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const importing = useImport();
  const close = (): void => {
    importing.reset();
    onClose();
  };
  return (
    <Dialog opened={opened} onClose={close} title={t('import.title')} size="lg">
      <Stack>
        <DropArea busy={importing.isPending} onFiles={importing.take} />
        {importing.tooBig && (
          <Notice tone="bad">{t('import.tooBig', { name: importing.tooBig.name })}</Notice>
        )}
        {importing.asksPasswordOf && (
          <AskPassword
            key={importing.asksPasswordOf.name}
            name={importing.asksPasswordOf.name}
            busy={importing.isPending}
            onPassword={importing.goOn}
          />
        )}
        <ErrorNotice error={importing.error} />
        {importing.reports.map(({ fileName, report }) => (
          <ReportList key={fileName} fileName={fileName} report={report} onLeave={close} />
        ))}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('close')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

interface AskPasswordProps {
  readonly name: string;
  readonly busy: boolean;
  onPassword(password: string): void;
}

function AskPassword({ name, busy, onPassword }: AskPasswordProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(password);
    onPassword(password);
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end">
        <PasswordInput
          flex={1}
          label={t('import.password', { name })}
          error={tried !== '' && tried === password && !busy ? t('import.wrongPassword') : null}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
        <Button type="submit" loading={busy}>
          {t('import.again')}
        </Button>
      </Group>
    </form>
  );
}
