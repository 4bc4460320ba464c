/** An address that leads nowhere. */
import { Button } from '@mantine/core';
import { IconCompass } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Teaching } from '../parts/teaching.tsx';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Teaching
      icon={<IconCompass />}
      title={t('notFound.title')}
      action={<Button renderRoot={(props) => <Link to="/" {...props} />}>{t('notFound.home')}</Button>}
    >
      {t('notFound.text')}
    </Teaching>
  );
}
