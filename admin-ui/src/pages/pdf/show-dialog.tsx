/** Shows a password, the one in force or an earlier one, after a reason that is recorded. */
import { NativeSelect, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { PdfPairRow } from '../../api/types.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Notice } from '../../parts/notice.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { ShownPassword } from '../../parts/shown-password.tsx';
import { dayOf } from '../../parts/time.tsx';

export function ShowDialog({ row, onClose }: { row: PdfPairRow | null; onClose(): void }) {
  const { t, i18n } = useTranslation();
  const [number, setNumber] = useState('');
  const [password, setPassword] = useState<string | null>(null);
  const { sender = '', recipient = '' } = row ?? {};
  const query = useQuery({
    queryKey: ['pdf', 'pair', sender, recipient],
    queryFn: () => api.pdf.pair.query({ sender, recipient }),
    enabled: row !== null,
  });
  const history = query.data?.history ?? [];
  const wanted = number === '' ? String(history[0]?.number ?? '') : number;
  const show = async (reason: string): Promise<void> => {
    const shown = await api.pdf.show.mutate({ sender, recipient, number: Number(wanted), reason });
    setPassword(shown.password);
  };
  const close = (): void => {
    setNumber('');
    setPassword(null);
    onClose();
  };
  return (
    <>
      <ReasonDialog
        opened={row !== null && password === null}
        title={t('pdf.action.show')}
        explanation={t('pdf.explain.show', { recipient })}
        action={t('pdf.action.show')}
        blocked={wanted === ''}
        onClose={() => {
          // A confirmed dialog closes, too: then the password is shown.
          setPassword((shown) => {
            if (shown === null) close();
            return shown;
          });
        }}
        onConfirm={show}
      >
        <NativeSelect
          label={t('pdf.which')}
          value={wanted}
          onChange={(event) => setNumber(event.currentTarget.value)}
          data={history.map((p, i) => ({
            value: String(p.number),
            label: `${t(i === 0 && p.untilMs === null ? 'pdf.current' : 'pdf.earlier')}, ${dayOf(p.sinceMs, i18n.language)}`,
          }))}
        />
      </ReasonDialog>
      <Dialog opened={password !== null} onClose={close} title={t('pdf.passwordOf', { recipient })}>
        <Stack>
          <Notice tone="calm">{t('pdf.shownText')}</Notice>
          <ShownPassword password={password ?? ''} />
        </Stack>
      </Dialog>
    </>
  );
}
