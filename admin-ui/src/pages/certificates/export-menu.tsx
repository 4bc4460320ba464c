/** The formats a certificate or key can be saved in. */
import { Button, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { CertificateDetail } from '../../api/types.ts';
import { ErrorNotice } from '../../parts/notice.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { useMay } from '../../session/use-session.ts';

type PublicFormat = Exclude<CertificateDetail['exports'][number], 'p12'>;

export function ExportMenu({
  certificate,
  onPrivate,
}: {
  certificate: CertificateDetail;
  onPrivate(): void;
}) {
  const { t } = useTranslation();
  const may = useMay();
  const { id } = certificate;
  const saving = useMutation({
    mutationFn: async (format: PublicFormat) => saveFile(await api.certificates.export.query({ id, format })),
  });
  const formats = certificate.exports.filter((format): format is PublicFormat => format !== 'p12');
  const privateToo = certificate.exports.includes('p12') && may('certificates.exportPrivate');
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
          {privateToo && <Menu.Item onClick={onPrivate}>{t('export.p12')}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
