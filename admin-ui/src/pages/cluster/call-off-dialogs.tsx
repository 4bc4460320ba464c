/** What was asked for and is not done yet is called off: a replacement, a new generation. */
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { useChanged } from './use-changed.ts';

export function EndReplacementDialog({ name, onClose }: { name: string; onClose(): void }) {
  const { t } = useTranslation();
  const changed = useChanged();
  const end = async (reason: string): Promise<void> => {
    await api.cluster.endReplacement.mutate({ reason });
    await changed(t('cluster.replace.ended', { name }));
  };
  return (
    <ReasonDialog
      opened
      title={t('cluster.replace.endTitle', { name })}
      explanation={t('cluster.replace.endText')}
      action={t('cluster.replace.end')}
      onClose={onClose}
      onConfirm={end}
    />
  );
}

export function CallOffDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const changed = useChanged();
  const callOff = async (reason: string): Promise<void> => {
    await api.cluster.recover.mutate({ confirmDead: [], cancel: true, reason });
    await changed(t('cluster.callOff.done'));
  };
  return (
    <ReasonDialog
      opened
      title={t('cluster.callOff.title')}
      explanation={t('cluster.callOff.text')}
      action={t('cluster.callOff.action')}
      onClose={onClose}
      onConfirm={callOff}
    />
  );
}
