/** Which gateways gave no answer, and whether their mails are shown all the same. */
import { useTranslation } from 'react-i18next';
import type { MailPage } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';

export function SilentNotice({ silent }: { silent: MailPage['silent'] }) {
  const { t } = useTranslation();
  return silent.map(({ name, hasCopy }) => (
    <Notice key={name} tone="warn" title={t('mails.silent.title', { name })}>
      {t(hasCopy ? 'mails.silent.copy' : 'mails.silent.missing')}
    </Notice>
  ));
}
