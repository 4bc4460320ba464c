/** How the cluster is, what is under way, and who belongs to it. */
import { Button, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ClusterStatus } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';
import { Surface } from '../../parts/surface.tsx';
import { useMay } from '../../session/use-session.ts';
import type { ClusterDialog } from './cluster-dialogs.tsx';
import { ClusterFacts } from './cluster-facts.tsx';
import { ConditionNotice } from './condition-notice.tsx';
import { CopiesCard } from './copies-card.tsx';
import { LeavingNotice } from './leaving-notice.tsx';
import { MemberLine } from './member-line.tsx';
import { ReplacementNotice } from './replacement-notice.tsx';

interface MembersProps {
  readonly status: ClusterStatus;
  onOpen(dialog: ClusterDialog): void;
}

/** Only the loss of the majority is a reason to go on without the others. */
const RECOVERABLE: readonly ClusterStatus['condition'][] = ['no-majority', 'cut-off', 'pair-apart'];

export function Members({ status, onOpen }: MembersProps) {
  const { t } = useTranslation();
  const may = useMay();
  const { condition, members, reason, replacement, writable } = status;
  const nameOf = (node: string): string => members.find((member) => member.node === node)?.name ?? node;
  const opens = (procedure: string, dialog: ClusterDialog): (() => void) | null =>
    may(procedure) ? () => onOpen(dialog) : null;
  return (
    <Stack gap="lg">
      {condition !== null && <ConditionNotice condition={condition} members={members} reason={reason} />}
      <Recovery status={status} onOpen={onOpen} />
      <LeavingNotice self={status.self} name={nameOf(status.self)} />
      {replacement !== null && (
        <ReplacementNotice
          replacement={replacement}
          onGoOn={opens('cluster.replace', { kind: 'follow' })}
          onEnd={opens('cluster.endReplacement', { kind: 'end-replacement' })}
        />
      )}
      <Sentences status={status} nameOf={nameOf} />
      <Surface title={t('cluster.members')} flush>
        {members.map((member) => {
          const { node, isSelf } = member;
          const mayGo = members.length > 1;
          const mayBeReplaced = mayGo && !isSelf && writable && replacement === null;
          return (
            <MemberLine
              key={node}
              member={member}
              members={members}
              onRemove={mayGo ? opens('cluster.remove', { kind: 'remove', node }) : null}
              onReplace={mayBeReplaced ? opens('cluster.replace', { kind: 'replace', node }) : null}
            />
          );
        })}
      </Surface>
      <CopiesCard />
      <ClusterFacts status={status} />
    </Stack>
  );
}

/** The way on without a majority, or back from it while that is possible. */
function Recovery({ status, onOpen }: MembersProps) {
  const { t } = useTranslation();
  const may = useMay();
  const { condition, external, writable, mayCallOff } = status;
  const isRecoverable = RECOVERABLE.includes(condition) || (external !== '' && !writable);
  if (!may('cluster.recover') || !(isRecoverable || mayCallOff)) return null;
  return (
    <Group>
      <Button variant="default" onClick={() => onOpen({ kind: mayCallOff ? 'call-off' : 'recover' })}>
        {t(mayCallOff ? 'cluster.callOff.action' : 'cluster.recover.action')}
      </Button>
    </Group>
  );
}

/** What the gateway says itself: steps under way, what to look at, histories that were brought back. */
function Sentences({ status, nameOf }: { status: ClusterStatus; nameOf: (node: string) => string }) {
  const { t } = useTranslation();
  const { progress, warnings, divergences } = status;
  return (
    <>
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
    </>
  );
}
