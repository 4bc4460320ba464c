/** One's own password, whenever one wants another. */
import { Box } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { PageHead } from '../parts/page-head.tsx';
import { useToast } from '../parts/toast.tsx';
import { PasswordForm } from './password-form.tsx';

export function PasswordPage() {
  const { t } = useTranslation();
  const toast = useToast();
  return (
    <>
      <PageHead title={t('password.title')} lead={t('password.lead')} />
      <Box maw={420}>
        <PasswordForm onChanged={() => toast(t('password.done'))} />
      </Box>
    </>
  );
}
