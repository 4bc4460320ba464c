/** One condition under edit: its kind and what it asks; groups hold further ones. */
import { ActionIcon, Button, Group, NativeSelect, Stack } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Condition } from '../../../api/types.ts';
import { askedBy, CONDITION_KINDS, type ConditionKind, conditionOf, kindOf } from './condition-kinds.ts';
import { ConditionValue } from './condition-value.tsx';

interface ConditionEditorProps {
  readonly condition: Condition;
  readonly commands: readonly string[];
  onChange(condition: Condition): void;
  onRemove?: () => void;
}

const KINDS = Object.keys(CONDITION_KINDS) as ConditionKind[];

export function ConditionEditor({ condition, commands, onChange, onRemove }: ConditionEditorProps) {
  const { t } = useTranslation();
  const kind = kindOf(condition);
  const value = askedBy(condition);
  const { field } = CONDITION_KINDS[kind];
  const choose = (next: ConditionKind): void => {
    // From one kind of group to the other its members stay.
    const stays = CONDITION_KINDS[next].field.type === 'group' && field.type === 'group';
    const wraps = next === 'all' || next === 'any' ? [condition] : CONDITION_KINDS[next].begin;
    onChange(conditionOf(next, stays ? value : wraps));
  };
  const kindSelect = (
    <NativeSelect
      aria-label={t('condition.kind')}
      value={kind}
      onChange={(event) => choose(event.currentTarget.value as ConditionKind)}
      data={KINDS.map((k) => ({ value: k, label: t(`condition.${k}`) }))}
    />
  );
  const remove = onRemove && (
    <ActionIcon variant="subtle" color="gray.7" aria-label={t('condition.remove')} onClick={onRemove}>
      <IconX size={17} />
    </ActionIcon>
  );
  if (field.type === 'group' || field.type === 'inverse') {
    return (
      <div className="sg-group">
        <Group gap="xs">
          {kindSelect}
          {remove}
        </Group>
        {field.type === 'group' ? (
          <Members
            members={value as Condition[]}
            commands={commands}
            onChange={(members) => onChange(conditionOf(kind, members))}
          />
        ) : (
          <Stack mt="xs">
            <ConditionEditor
              condition={value as Condition}
              commands={commands}
              onChange={(inner) => onChange(conditionOf(kind, inner))}
            />
          </Stack>
        )}
      </div>
    );
  }
  return (
    <Group gap="xs">
      {kindSelect}
      <ConditionValue
        field={field}
        kind={kind}
        value={value}
        commands={commands}
        onChange={(next) => onChange(conditionOf(kind, next))}
      />
      {remove}
    </Group>
  );
}

interface MembersProps {
  readonly members: readonly Condition[];
  readonly commands: readonly string[];
  onChange(members: Condition[]): void;
}

function Members({ members, commands, onChange }: MembersProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" mt="xs" align="flex-start">
      {members.map((member, index) => (
        <ConditionEditor
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no name but their place in the group.
          key={index}
          condition={member}
          commands={commands}
          onChange={(changed) => onChange(members.with(index, changed))}
          onRemove={() => onChange(members.toSpliced(index, 1))}
        />
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={15} aria-hidden />}
        onClick={() => onChange([...members, { direction: 'outgoing' }])}
      >
        {t('condition.add')}
      </Button>
    </Stack>
  );
}
