/**
 * A replacement that has begun: its steps, how far it is, and what is to be done now. Open, it takes the member out as
 * soon as its place can be taken, and ends when as many vote as before. Closed, nothing is lost: the cluster knows that
 * the member is to be replaced, and whoever opens this again, on any gateway, goes on.
 */
import { Button, Checkbox, Group, Stack, Text, Timeline } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { ClusterMember, ClusterReplacement, DrainState } from '../../api/types.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { DrainNotice } from './drain-notice.tsx';
import { stageText } from './stage-text.ts';
import { holdsMail, takeOut } from './take-out.ts';
import { TokenShown } from './token-shown.tsx';
import { useChanged } from './use-changed.ts';

const END_TRIES = 5; // The ledger opens its log anew when the voters change.

interface ReplacementDialogProps {
  readonly replacement: ClusterReplacement;
  readonly members: readonly ClusterMember[];
  onClose(): void;
}

export function ReplacementDialog({ replacement, members, onClose }: ReplacementDialogProps) {
  const { t } = useTranslation();
  const changed = useChanged();
  const { name, node, reason, now } = replacement;
  const member = members.find((one) => one.node === node);
  const end = useMutation({
    mutationFn: () => api.cluster.endReplacement.mutate({ reason }),
    retry: END_TRIES,
    async onSuccess() {
      onClose();
      await changed(t('cluster.replace.done', { name }));
    },
  });
  const isDone = now.stage === 'done';
  useEffect(() => {
    if (isDone && end.isIdle) end.mutate();
  }, [isDone, end]);
  return (
    <Dialog opened onClose={onClose} title={t('cluster.replace.running', { name })} size="lg">
      <Stack>
        <Steps replacement={replacement} />
        {now.stage === 'token' && <Joining key={now.joins} joins={now.joins} reason={reason} />}
        {now.stage === 'remove' && member && <TakingOut member={member} reason={reason} />}
        <ErrorNotice error={end.error} />
        <Text size="sm" c="dimmed">
          {t('cluster.replace.later')}
        </Text>
        <Group justify="flex-end">
          {end.isError && <Button onClick={() => end.reset()}>{t('cluster.replace.again')}</Button>}
          <Button variant="default" onClick={onClose}>
            {t('close')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function Steps({ replacement: { steps, spare, at, name, now } }: { replacement: ClusterReplacement }) {
  const { t } = useTranslation();
  return (
    <Timeline active={at} bulletSize={24} lineWidth={2} role="list">
      {steps.map((step, index) => (
        <Timeline.Item
          key={step}
          role="listitem"
          aria-current={index === at ? 'step' : undefined}
          bullet={index < at ? <IconCheck size={14} aria-label={t('cluster.replace.stepDone')} /> : index + 1}
        >
          <Text size="sm" fw={index === at ? 600 : 400} className="sg-long">
            {t(`cluster.replace.step.${step}`, { name, spare })}
          </Text>
          {index === at && (
            <Text size="sm" c="dimmed" className="sg-long" aria-live="polite">
              {stageText(now, name, t)}
            </Text>
          )}
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

/** A token for the new machine, made when it is asked for: it is shown once, so another one can be made. */
function Joining({ joins, reason }: { joins: 'gateway' | 'witness'; reason: string }) {
  const { t } = useTranslation();
  const make = useMutation({ mutationFn: () => api.cluster.token.mutate({ role: joins, reason }) });
  if (make.data) return <TokenShown token={make.data} isWitness={joins === 'witness'} />;
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm">{t('cluster.token.text')}</Text>
      <ErrorNotice error={make.error} />
      <Button loading={make.isPending} onClick={() => make.mutate()}>
        {t('cluster.token.make')}
      </Button>
    </Stack>
  );
}

/** Begins by itself: an operator has said that it is wanted. Closed meanwhile, the member goes on until this is opened again. */
function TakingOut({ member, reason }: { member: ClusterMember; reason: string }) {
  const { t } = useTranslation();
  const changed = useChanged();
  const [withoutDrain, setWithoutDrain] = useState(false);
  const [state, setState] = useState<DrainState | null>(null);
  const go = useMutation({
    mutationFn: (stop: AbortSignal) =>
      takeOut(member, { toPair: member.role === 'witness', withoutDrain, reason, tell: setState, stop }),
    onSuccess: () => changed(),
  });
  const { mutate, isIdle } = go;
  useEffect(() => {
    const closed = new AbortController();
    // In the next turn: an effect that is undone at once, as React does to try it, has taken nobody out.
    const turn = setTimeout(() => mutate(closed.signal));
    return () => {
      clearTimeout(turn);
      closed.abort();
    };
  }, [mutate]);
  if (!go.isError) return state && !isIdle ? <DrainNotice name={member.name} state={state} /> : null;
  return (
    <Stack gap="xs" align="flex-start">
      <ErrorNotice error={go.error} />
      {holdsMail(member) && (
        <Checkbox
          label={t('cluster.remove.withoutDrain')}
          checked={withoutDrain}
          onChange={(event) => setWithoutDrain(event.currentTarget.checked)}
        />
      )}
      <Button onClick={() => mutate(new AbortController().signal)}>{t('cluster.replace.again')}</Button>
    </Stack>
  );
}
