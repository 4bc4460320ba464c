/** The mails that passed last. */
import { Anchor } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { Surface } from '../../parts/surface.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { MailLine } from '../mails/mail-line.tsx';

const REFRESH_MS = 5_000;
const LAST = 6; // As tall as the list of processes beside it.

export function LastMails() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['mails', 'last'],
    queryFn: () => api.mails.list.query({ limit: LAST }),
    refetchInterval: REFRESH_MS,
  });
  const all = (
    <Anchor size="sm" renderRoot={(props) => <Link to="/mails" {...props} />}>
      {t('overview.allMails')}
    </Anchor>
  );
  return (
    <Surface title={t('overview.lastMails')} aside={all} flush>
      <Waiting query={query}>
        {({ rows }) =>
          rows.length === 0 ? (
            <Teaching icon={<IconMail />} title={t('mails.none.title')}>
              {t('mails.none.text')}
            </Teaching>
          ) : (
            rows.map((row) => <MailLine key={row.spoolId} row={row} />)
          )
        }
      </Waiting>
    </Surface>
  );
}
