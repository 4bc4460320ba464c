/** What can be done with a certificate or key: export, decide about trust, revoke. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CertificateDetail } from '../../api/types.ts';
import { useMay } from '../../session/use-session.ts';
import { type Decision, DecisionDialog } from './decision-dialog.tsx';
import { ExportMenu } from './export-menu.tsx';

export function CertificateActions({ certificate }: { certificate: CertificateDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const [decision, setDecision] = useState<Decision | null>(null);
  const { trust, kind, revoked } = certificate;
  const decides = may('certificates.setTrust') && !revoked;
  return (
    <>
      <ExportMenu certificate={certificate} onPrivate={() => setDecision('exportPrivate')} />
      {decides && trust !== 'trusted' && (
        <Button onClick={() => setDecision('trusted')}>{t('decision.trusted.action')}</Button>
      )}
      {decides && trust !== 'distrusted' && kind !== 'own' && (
        <Button variant="default" onClick={() => setDecision('distrusted')}>
          {t('decision.distrusted.action')}
        </Button>
      )}
      {may('certificates.revoke') && !revoked && kind !== 'authority' && (
        <Button variant="default" onClick={() => setDecision('revoke')}>
          {t('decision.revoke.action')}
        </Button>
      )}
      <DecisionDialog certificate={certificate} decision={decision} onClose={() => setDecision(null)} />
    </>
  );
}
