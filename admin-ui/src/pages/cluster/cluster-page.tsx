/** The gateways that hold the log and the mail together: how they are, who they are, and who may join. */
import { Button, Group, Stack } from '@mantine/core';
import { IconPlus, IconServer2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { ClusterStatus } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';
import { ClusterFacts } from './cluster-facts.tsx';
import { ConditionNotice } from './condition-notice.tsx';
import { CopiesCard } from './copies-card.tsx';
import { FormDialog } from './form-dialog.tsx';
import { LeavingNotice } from './leaving-notice.tsx';
import { MemberLine } from './member-line.tsx';
import { RecoverDialog } from './recover-dialog.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import { TokenDialog } from './token-dialog.tsx';

const REFRESH_MS = 5_000;

export function ClusterPage() {
  const { t } = useTranslation();
  const may = useMay();
  const [dialog, setDialog] = useState<'form' | 'token' | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const [recovering, setRecovering] = useState(false);
  const query = useQuery({
    queryKey: ['cluster'],
    queryFn: () => api.cluster.status.query(),
    refetchInterval: REFRESH_MS,
  });
  const isMember = query.data !== undefined && query.data.mode !== 'single';
  const close = (): void => setDialog(null);
  return (
    <>
      <PageHead
        title={t('cluster.title')}
        lead={t('cluster.lead')}
        actions={
          isMember &&
          may('cluster.token') && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog('token')}>
              {t('cluster.token.action')}
            </Button>
          )
        }
      />
      <Waiting query={query}>
        {(status) =>
          status.mode === 'single' ? (
            <OnItsOwn onForm={may('cluster.init') ? () => setDialog('form') : null} />
          ) : (
            <>
              <Members
                status={status}
                onRemove={may('cluster.remove') ? setRemoving : null}
                onRecover={may('cluster.recover') ? () => setRecovering(true) : null}
              />
              {status.members
                .filter(({ node }) => node === removing)
                .map((member) => (
                  <RemoveDialog
                    key={member.node}
                    member={member}
                    members={status.members}
                    isExternal={status.external !== ''}
                    onClose={() => setRemoving(null)}
                  />
                ))}
              {recovering && <RecoverDialog status={status} onClose={() => setRecovering(false)} />}
            </>
          )
        }
      </Waiting>
      <FormDialog opened={dialog === 'form'} onClose={close} />
      <TokenDialog opened={dialog === 'token'} onClose={close} />
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

interface MembersProps {
  readonly status: ClusterStatus;
  /** null: this operator may not. */
  readonly onRemove: ((node: string) => void) | null;
  readonly onRecover: (() => void) | null;
}

/** Only the loss of the majority is a reason to go on without the others. */
const RECOVERABLE: readonly ClusterStatus['condition'][] = ['no-majority', 'pair-apart'];

function Members({ status, onRemove, onRecover }: MembersProps) {
  const { t } = useTranslation();
  const isRecoverable =
    RECOVERABLE.includes(status.condition) || (status.external !== '' && !status.writable);
  const { condition, members, reason, progress, warnings, divergences } = status;
  const nameOf = (node: string): string => members.find((member) => member.node === node)?.name ?? node;
  return (
    <Stack gap="lg">
      {condition !== null && <ConditionNotice condition={condition} members={members} reason={reason} />}
      {onRecover !== null && isRecoverable && (
        <Group>
          <Button variant="default" onClick={onRecover}>
            {t('cluster.recover.action')}
          </Button>
        </Group>
      )}
      <LeavingNotice self={status.self} name={nameOf(status.self)} />
      {progress.map((step) => (
        <Notice key={step} tone="calm" title={t('cluster.progress')}>
          {step}
        </Notice>
      ))}
      {warnings.map((warning) => (
        <Notice key={warning} tone="warn" title={t('cluster.warning')}>
          {warning}
        </Notice>
      ))}
      {divergences.map(({ node, generation, from, events }) => (
        <Notice
          key={`${node} ${generation}`}
          tone="warn"
          title={t('cluster.divergence.title', { node: nameOf(node) })}
        >
          {t('cluster.divergence.text', { count: events, generation, from })}
        </Notice>
      ))}
      <Surface title={t('cluster.members')} flush>
        {members.map((member) => (
          <MemberLine
            key={member.node}
            member={member}
            members={members}
            onRemove={onRemove && members.length > 1 ? () => onRemove(member.node) : null}
          />
        ))}
      </Surface>
      <CopiesCard />
      <ClusterFacts status={status} />
    </Stack>
  );
}
