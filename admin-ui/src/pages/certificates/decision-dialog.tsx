/** A decision about one certificate or key, with its reason: trust, distrust, revoke, export the private key. */
import { PasswordInput, Select } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { CertificateDetail } from '../../api/types.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { useToast } from '../../parts/toast.tsx';

export type Decision = 'trusted' | 'distrusted' | 'revoke' | 'exportPrivate';
type RevocationReason = Parameters<typeof api.certificates.revoke.mutate>[0]['why'];

const REVOCATION_REASONS: readonly RevocationReason[] = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
];
const PASSWORD_CHARS_MIN = 8; // The server's own limit for a file with a private key.

interface DecisionDialogProps {
  readonly certificate: CertificateDetail;
  /** Null: closed. */
  readonly decision: Decision | null;
  onClose(): void;
}

export function DecisionDialog({ certificate, decision, onClose }: DecisionDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [why, setWhy] = useState<RevocationReason>('unspecified');
  const [password, setPassword] = useState('');
  const { id } = certificate;
  const perform = async (reason: string): Promise<void> => {
    if (decision === null) return;
    if (decision === 'exportPrivate') {
      saveFile(await api.certificates.exportPrivate.mutate({ id, password, reason }));
    } else if (decision === 'revoke') await api.certificates.revoke.mutate({ id, why, reason });
    else await api.certificates.setTrust.mutate({ id, trust: decision, reason });
    toast(t(`decision.${decision}.done`));
    setPassword('');
    await client.invalidateQueries({ queryKey: ['certificates'] });
  };
  const shown = decision ?? 'trusted';
  return (
    <ReasonDialog
      opened={decision !== null}
      title={t(`decision.${shown}.title`)}
      explanation={t(`decision.${shown}.text`, { name: certificate.addresses[0] ?? certificate.name })}
      action={t(`decision.${shown}.action`)}
      dangerous={shown === 'revoke' || shown === 'exportPrivate'}
      blocked={shown === 'exportPrivate' && password.length < PASSWORD_CHARS_MIN}
      onClose={onClose}
      onConfirm={perform}
    >
      {shown === 'revoke' && (
        <Select
          label={t('revocation.label')}
          allowDeselect={false}
          value={why}
          onChange={(value) => setWhy((value ?? 'unspecified') as RevocationReason)}
          data={REVOCATION_REASONS.map((value) => ({ value, label: t(`revocation.${value}`) }))}
        />
      )}
      {shown === 'exportPrivate' && (
        <PasswordInput
          label={t('export.password')}
          description={t('export.passwordHelp', { count: PASSWORD_CHARS_MIN })}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="new-password"
          required
        />
      )}
    </ReasonDialog>
  );
}
