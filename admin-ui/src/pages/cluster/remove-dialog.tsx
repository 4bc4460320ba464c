/** Takes a member out for good: what that does, who is meant, and how far it is with giving away its mails. */
import { Checkbox, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClusterMember, DrainState } from '../../api/types.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { DrainNotice } from './drain-notice.tsx';
import { StepList } from './step-list.tsx';
import { holdsMail, takeOut } from './take-out.ts';
import { useChanged } from './use-changed.ts';

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
  const changed = useChanged();
  const [withoutDrain, setWithoutDrain] = useState(false);
  const [toPair, setToPair] = useState(false);
  const [state, setState] = useState<DrainState | null>(null);
  const [closed] = useState(() => new AbortController());
  const close = (): void => {
    closed.abort(); // What is under way is undone: a dialog that is closed removes nobody.
    onClose();
  };
  const { name } = member;
  const isThere = holdsMail(member);
  const drains = isThere && !withoutDrain;
  const voters = members.filter(({ role }) => role === 'voter').length;
  const mayBePair = member.role === 'voter' && voters === VOTERS_OF_PAIR;
  const steps = stepsOf(member, { isThere, drains, isExternal });
  const remove = async (reason: string): Promise<void> => {
    await takeOut(member, { toPair, withoutDrain, reason, tell: setState, stop: closed.signal });
    await changed(t('cluster.remove.done', { name }));
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
        <StepList steps={steps.map((step) => t(`cluster.remove.step.${step}`, { name }))} />
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
        {state !== null && <DrainNotice name={name} state={state} />}
      </Stack>
    </ReasonDialog>
  );
}

/** Names of the sentences that say what happens, in order. */
function stepsOf(
  { role, isSelf }: ClusterMember,
  { isThere, drains, isExternal }: { isThere: boolean; drains: boolean; isExternal: boolean },
): string[] {
  const isGateway = role !== 'witness';
  const mails = drains ? 'drain' : isThere ? 'later' : 'adopted';
  return [
    ...(isGateway ? [mails] : []),
    isExternal ? 'external' : 'out',
    ...(isGateway ? ['key'] : []),
    ...(isSelf ? ['self'] : []),
  ];
}
