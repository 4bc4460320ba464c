/** Pairs of sender and partner: the state of their password, and what an operator can do about it. */
import { IconFileText } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { PdfPairRow } from '../../api/types.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { SearchedList } from '../../parts/searched-list.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { useToast } from '../../parts/toast.tsx';
import { useMay } from '../../session/use-session.ts';
import { type PairAction, PairLine } from './pair-line.tsx';
import { PdfFigures } from './pdf-figures.tsx';
import { ShowDialog } from './show-dialog.tsx';

export function PairsTab() {
  const { t } = useTranslation();
  const may = useMay();
  const [chosen, setChosen] = useState<{ row: PdfPairRow; action: PairAction } | null>(null);
  return (
    <>
      {may('pdf.statistics') && <PdfFigures />}
      <SearchedList
        title={t('pdf.pairs')}
        placeholder={t('pdf.placeholder')}
        queryKey={['pdf', 'pairs']}
        ask={(request) => api.pdf.pairs.query(request)}
        line={(row) => (
          <PairLine
            key={`${row.sender} ${row.recipient}`}
            row={row}
            onAction={(action) => setChosen({ row, action })}
          />
        )}
        empty={
          <Teaching icon={<IconFileText />} title={t('pdf.none.title')}>
            {t('pdf.none.text')}
          </Teaching>
        }
      />
      <ActionDialog chosen={chosen} onClose={() => setChosen(null)} />
      <ShowDialog row={chosen?.action === 'show' ? chosen.row : null} onClose={() => setChosen(null)} />
    </>
  );
}

interface ActionDialogProps {
  readonly chosen: { readonly row: PdfPairRow; readonly action: PairAction } | null;
  onClose(): void;
}

function ActionDialog({ chosen, onClose }: ActionDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const action = chosen?.action ?? 'reset';
  const { sender = '', recipient = '' } = chosen?.row ?? {};
  const perform = async (reason: string): Promise<void> => {
    const request = { sender, recipient, reason };
    if (action === 'reset') await api.pdf.reset.mutate(request);
    else if (action === 'resend') await api.pdf.resendNotice.mutate(request);
    else await api.pdf.unlock.mutate(request);
    toast(t(`pdf.done.${action}`, { recipient }));
    await client.invalidateQueries({ queryKey: ['pdf'] });
  };
  return (
    <ReasonDialog
      opened={chosen !== null && action !== 'show'}
      title={t(`pdf.action.${action}`)}
      explanation={t(`pdf.explain.${action}`, { sender, recipient })}
      action={t(`pdf.action.${action}`)}
      dangerous={action === 'reset'}
      needed={action !== 'resend'}
      onClose={onClose}
      onConfirm={perform}
    />
  );
}
