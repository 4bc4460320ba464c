/** One member: who it is, what it does in the cluster, whether it is there, and how far it has the log. */
import { Button, Flex, Group, Stack, Text } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { ClusterMember, MemberGlance } from '../../api/types.ts';
import { Mark, type Tone } from '../../parts/mark.tsx';

interface MemberLineProps {
  readonly member: ClusterMember;
  readonly members: readonly ClusterMember[];
  /** null: not to be removed, or replaced, here. */
  readonly onRemove: (() => void) | null;
  readonly onReplace: (() => void) | null;
}

export function MemberLine({ member, members, onRemove, onReplace }: MemberLineProps) {
  const { t, i18n } = useTranslation();
  const facts = [member.site, member.peerAddress, member.version, member.node].filter((fact) => fact !== '');
  const states = [
    ...logWords(member, t, i18n.language),
    ...engineWords(member, t),
    ...spoolWords(member, members, t),
  ];
  return (
    <Group className="sg-row" justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600} className="sg-long">
          {member.isSelf ? t('cluster.here', { name: member.name }) : member.name}
        </Text>
        <Text size="sm" className="sg-long">
          {t(`clusterRole.${member.role}.name`)}
          {states.map((state) => ` · ${state}`)}
        </Text>
        <Text size="xs" c="dimmed" className="sg-long">
          {facts.join(' · ')}
        </Text>
      </div>
      <Stack gap={4} align="flex-end" style={{ flexShrink: 0 }}>
        <Presence member={member} />
        <Flex direction={{ base: 'column', sm: 'row' }} align="flex-end" gap={4}>
          {onReplace !== null && (
            <Button
              variant="default"
              size="compact-xs"
              aria-label={t('cluster.replace.named', { name: member.name })}
              onClick={onReplace}
            >
              {t('cluster.replace.action')}
            </Button>
          )}
          {onRemove !== null && (
            <Button
              variant="default"
              size="compact-xs"
              aria-label={t('cluster.remove.named', { name: member.name })}
              onClick={onRemove}
            >
              {t('cluster.remove.action')}
            </Button>
          )}
        </Flex>
      </Stack>
    </Group>
  );
}

export function Presence({ member: { alive } }: { member: MemberGlance }) {
  const { t } = useTranslation();
  const [tone, word]: [Tone, string] =
    alive === null ? ['none', 'unknown'] : alive ? ['good', 'there'] : ['bad', 'away'];
  return <Mark tone={tone}>{t(`presence.${word}`)}</Mark>;
}

function logWords({ role, position, behind }: ClusterMember, t: TFunction, language: string): string[] {
  if (role === 'witness') return [];
  if (position === null || behind === null) return [t('cluster.position.unknown')];
  const at = Number(position).toLocaleString(language);
  return [
    behind === 0
      ? t('cluster.position.newest', { at })
      : t('cluster.position.behind', { at, count: behind, events: behind.toLocaleString(language) }),
  ];
}

function engineWords({ engine }: ClusterMember, t: TFunction): string[] {
  if (engine === null) return [];
  const { state, version, leader, answers } = engine;
  if (!answers) return [t('cluster.engine.silent')];
  const words = version === '' ? [] : [`etcd ${version}`];
  if (state !== 'voter') words.push(t(`cluster.engine.${state}`));
  if (leader) words.push(t('cluster.engine.leads'));
  return words;
}

function spoolWords(
  { node, role, spoolOwner, spoolEpoch: epoch }: ClusterMember,
  members: readonly ClusterMember[],
  t: TFunction,
): string[] {
  if (role === 'witness') return [];
  if (spoolOwner === node) return [t('cluster.spool.own', { epoch })];
  const owner = members.find((member) => member.node === spoolOwner)?.name ?? spoolOwner;
  return [t('cluster.spool.takenOver', { owner, epoch })];
}
