/** The gateways that hold the log and the mail together: how they are, who they are, and who may join. */
import { Button } from '@mantine/core';
import { IconPlus, IconServer2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';
import { type ClusterDialog, ClusterDialogs } from './cluster-dialogs.tsx';
import { Members } from './members.tsx';

const REFRESH_MS = 5_000;
const FOLLOWED_MS = 2_000; // While somebody waits for the next step.

export function ClusterPage() {
  const { t } = useTranslation();
  const may = useMay();
  const [dialog, setDialog] = useState<ClusterDialog | null>(null);
  const query = useQuery({
    queryKey: ['cluster'],
    queryFn: () => api.cluster.status.query(),
    refetchInterval: dialog?.kind === 'follow' ? FOLLOWED_MS : REFRESH_MS,
  });
  const isMember = query.data !== undefined && query.data.mode !== 'single';
  return (
    <>
      <PageHead
        title={t('cluster.title')}
        lead={t('cluster.lead')}
        actions={
          isMember &&
          may('cluster.token') && (
            <Button
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => setDialog({ kind: 'token' })}
            >
              {t('cluster.token.action')}
            </Button>
          )
        }
      />
      <Waiting query={query}>
        {(status) => (
          <>
            {isMember ? (
              <Members status={status} onOpen={setDialog} />
            ) : (
              <OnItsOwn onForm={may('cluster.init') ? () => setDialog({ kind: 'form' }) : null} />
            )}
            <ClusterDialogs dialog={dialog} status={status} onOpen={setDialog} />
          </>
        )}
      </Waiting>
    </>
  );
}

function OnItsOwn({ onForm }: { onForm: (() => void) | null }) {
  const { t } = useTranslation();
  const action = onForm && <Button onClick={onForm}>{t('cluster.form.action')}</Button>;
  return (
    <Surface flush>
      <Teaching icon={<IconServer2 />} title={t('cluster.single.title')} action={action ?? undefined}>
        {t('cluster.single.text')}
      </Teaching>
    </Surface>
  );
}
