/** Takes a member out for good: what that does, who is meant, and how far it is with giving away its mails. */
import { Checkbox, List, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { ClusterMember, DrainState } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { useToast } from '../../parts/toast.tsx';
import { drained } from './drain-member.ts';
import { drainText } from './drain-text.ts';

interface RemoveDialogProps {
  readonly member: ClusterMember;
  readonly members: readonly ClusterMember[];
  /** The database is an etcd of the operator's own. */
  readonly isExternal: boolean;
  onClose(): void;
}

const VOTERS_OF_PAIR = 3; // Of which one is removed: a voter and a standby can stay.

export function RemoveDialog({ member, members, isExternal, onClose }: RemoveDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [withoutDrain, setWithoutDrain] = useState(false);
  const [toPair, setToPair] = useState(false);
  const [state, setState] = useState<DrainState | null>(null);
  const [closed] = useState(() => new AbortController());
  const close = (): void => {
    closed.abort(); // What is under way is undone: a dialog that is closed removes nobody.
    onClose();
  };
  const { node, name } = member;
  const holdsMail = member.role !== 'witness';
  const isThere = holdsMail && (member.alive === true || member.isSelf);
  const drains = isThere && !withoutDrain;
  const voters = members.filter(({ role }) => role === 'voter').length;
  const mayBePair = member.role === 'voter' && voters === VOTERS_OF_PAIR;
  const steps = stepsOf(member, { isThere, drains, isExternal });
  const remove = async (reason: string): Promise<void> => {
    if (drains) await drained(node, reason, { tell: setState, stop: closed.signal });
    try {
      await api.cluster.remove.mutate({ member: node, toPair, force: isThere && withoutDrain, reason });
    } catch (error) {
      // It stays a member, so it goes on as one.
      if (drains) await api.cluster.drain.mutate({ member: node, on: false, reason });
      throw error;
    }
    toast(t('cluster.remove.done', { name }));
    await client.invalidateQueries({ queryKey: ['cluster'] });
  };
  return (
    <ReasonDialog
      opened
      title={t('cluster.remove.title', { name })}
      explanation={t('cluster.remove.text')}
      action={t('cluster.remove.action')}
      word={name}
      dangerous
      onClose={close}
      onConfirm={remove}
    >
      <Stack gap="sm">
        <List size="sm" spacing={4} withPadding className="sg-long">
          {steps.map((step) => (
            <List.Item key={step}>{t(`cluster.remove.step.${step}`, { name })}</List.Item>
          ))}
        </List>
        {isThere && (
          <Checkbox
            label={t('cluster.remove.withoutDrain')}
            checked={withoutDrain}
            onChange={(event) => setWithoutDrain(event.currentTarget.checked)}
          />
        )}
        {mayBePair && (
          <Checkbox
            label={t('cluster.remove.toPair')}
            checked={toPair}
            onChange={(event) => setToPair(event.currentTarget.checked)}
          />
        )}
        {state !== null && <Progress name={name} state={state} />}
      </Stack>
    </ReasonDialog>
  );
}

function Progress({ name, state }: { name: string; state: DrainState }) {
  const { t } = useTranslation();
  return (
    <Notice tone="calm" title={t('cluster.drain.title', { name })}>
      <Text size="sm" aria-live="polite">
        {drainText(state, t)}
      </Text>
    </Notice>
  );
}

/** Names of the sentences that say what happens, in order. */
function stepsOf(
  { role, isSelf }: ClusterMember,
  { isThere, drains, isExternal }: { isThere: boolean; drains: boolean; isExternal: boolean },
): string[] {
  const holdsMail = role !== 'witness';
  const mails = drains ? 'drain' : isThere ? 'later' : 'adopted';
  return [
    ...(holdsMail ? [mails] : []),
    isExternal ? 'external' : 'out',
    ...(holdsMail ? ['key'] : []),
    ...(isSelf ? ['self'] : []),
  ];
}
