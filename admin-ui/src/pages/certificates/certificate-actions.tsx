/** What can be done with a certificate or key: export, decide about trust, revoke. Each change asks why. */
import { Button, Menu, PasswordInput, Select } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { CertificateDetail } from '../../api/types.ts';
import { ErrorNotice } from '../../parts/notice.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { useToast } from '../../parts/toast.tsx';
import { useMay } from '../../session/use-session.ts';

type Dialog = 'trusted' | 'distrusted' | 'revoke' | 'exportPrivate';
type PublicFormat = Exclude<CertificateDetail['exports'][number], 'p12'>;
type RevocationReason = Parameters<typeof api.certificates.revoke.mutate>[0]['why'];

const REVOCATION_REASONS: readonly RevocationReason[] = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
];
const PASSWORD_CHARS_MIN = 8; // The server's own limit for a file with a private key.

export function CertificateActions({ certificate }: { certificate: CertificateDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [why, setWhy] = useState<RevocationReason>('unspecified');
  const [password, setPassword] = useState('');
  const { id } = certificate;
  const saving = useMutation({
    mutationFn: async (format: PublicFormat) => saveFile(await api.certificates.export.query({ id, format })),
  });
  const perform = async (reason: string): Promise<void> => {
    if (dialog === 'exportPrivate')
      saveFile(await api.certificates.exportPrivate.mutate({ id, password, reason }));
    else if (dialog === 'revoke') await api.certificates.revoke.mutate({ id, why, reason });
    else if (dialog !== null) await api.certificates.setTrust.mutate({ id, trust: dialog, reason });
    if (dialog !== null) toast(t(`decision.${dialog}.done`));
    setPassword('');
    await client.invalidateQueries({ queryKey: ['certificates'] });
  };
  const formats = certificate.exports.filter((format): format is PublicFormat => format !== 'p12');
  const privateToo = certificate.exports.includes('p12') && may('certificates.exportPrivate');
  const decides = may('certificates.setTrust') && !certificate.revoked;
  return (
    <>
      <ErrorNotice error={saving.error} />
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            loading={saving.isPending}
          >
            {t('export.action')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {formats.map((format) => (
            <Menu.Item key={format} onClick={() => saving.mutate(format)}>
              {t(`export.${format}`)}
            </Menu.Item>
          ))}
          {privateToo && <Menu.Item onClick={() => setDialog('exportPrivate')}>{t('export.p12')}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {decides && certificate.trust !== 'trusted' && (
        <Button onClick={() => setDialog('trusted')}>{t('decision.trusted.action')}</Button>
      )}
      {decides && certificate.trust !== 'distrusted' && certificate.kind !== 'own' && (
        <Button variant="default" onClick={() => setDialog('distrusted')}>
          {t('decision.distrusted.action')}
        </Button>
      )}
      {may('certificates.revoke') && !certificate.revoked && certificate.kind !== 'authority' && (
        <Button variant="default" onClick={() => setDialog('revoke')}>
          {t('decision.revoke.action')}
        </Button>
      )}
      <ReasonDialog
        opened={dialog !== null}
        title={t(`decision.${dialog ?? 'trusted'}.title`)}
        explanation={t(`decision.${dialog ?? 'trusted'}.text`, {
          name: certificate.addresses[0] ?? certificate.name,
        })}
        action={t(`decision.${dialog ?? 'trusted'}.action`)}
        dangerous={dialog === 'revoke' || dialog === 'exportPrivate'}
        blocked={dialog === 'exportPrivate' && password.length < PASSWORD_CHARS_MIN}
        onClose={() => setDialog(null)}
        onConfirm={perform}
      >
        {dialog === 'revoke' && (
          <Select
            label={t('revocation.label')}
            allowDeselect={false}
            value={why}
            onChange={(value) => setWhy((value ?? 'unspecified') as RevocationReason)}
            data={REVOCATION_REASONS.map((value) => ({ value, label: t(`revocation.${value}`) }))}
          />
        )}
        {dialog === 'exportPrivate' && (
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
    </>
  );
}
