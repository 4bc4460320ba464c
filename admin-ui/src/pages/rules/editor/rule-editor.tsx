/** One rule under edit: its name, when it holds, and its passes. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../../api/types.ts';
import { ConditionEditor } from './condition-editor.tsx';
import { PassEditor } from './pass-editor.tsx';

const PASSES_MAX = 10; // The rule language's own limit.

interface RuleEditorProps {
  readonly rule: Rule;
  readonly commands: readonly string[];
  readonly problems: readonly string[];
  onChange(rule: Rule): void;
  onDone(): void;
}

export function RuleEditor({ rule, commands, problems, onChange, onDone }: RuleEditorProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="md">
      <TextInput
        label={t('rules.name')}
        value={rule.name}
        maxLength={200}
        onChange={(event) => onChange({ ...rule, name: event.currentTarget.value })}
        data-autofocus
      />
      <fieldset className="sg-fieldset" aria-label={t('rules.when')}>
        <Text fw={600} size="sm" mb={6}>
          {t('rules.when')}
        </Text>
        <ConditionEditor
          condition={rule.when}
          commands={commands}
          onChange={(when) => onChange({ ...rule, when })}
        />
      </fieldset>
      {rule.passes.map((pass, index) => (
        <PassEditor
          // biome-ignore lint/suspicious/noArrayIndexKey: passes have no name but their place in the rule.
          key={index}
          pass={pass}
          title={rule.passes.length > 1 ? t('rules.pass', { number: index + 1 }) : t('rules.then')}
          onChange={(changed) => onChange({ ...rule, passes: rule.passes.with(index, changed) })}
          onRemove={
            rule.passes.length > 1
              ? () => onChange({ ...rule, passes: rule.passes.toSpliced(index, 1) })
              : null
          }
        />
      ))}
      {problems.map((problem) => (
        <Text key={problem} size="sm" c="var(--mantine-color-error)" role="alert">
          {problem}
        </Text>
      ))}
      <Group justify="space-between">
        <Button
          variant="subtle"
          leftSection={<IconPlus size={16} aria-hidden />}
          disabled={rule.passes.length >= PASSES_MAX}
          onClick={() => onChange({ ...rule, passes: [...rule.passes, { actions: [{ do: 'nothing' }] }] })}
        >
          {t('rules.addPass')}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t('rules.done')}
        </Button>
      </Group>
    </Stack>
  );
}
