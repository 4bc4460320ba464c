/** The rules of a draft in their order: moved, added, copied, removed, and one of them opened for editing. */
import { ActionIcon, Button, Group, Stack } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconCopy, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule, RuleBook, SourceProblem } from '../../../api/types.ts';
import { RuleCard } from '../rule-card.tsx';
import { CommandsEditor } from './commands-editor.tsx';
import { RuleEditor } from './rule-editor.tsx';

interface BookCardsProps {
  readonly book: RuleBook;
  readonly problems: readonly SourceProblem[];
  onChange(book: RuleBook): void;
}

function freeName(book: RuleBook, wanted: string): string {
  const names = new Set(book.rules.map((rule) => rule.name));
  let name = wanted;
  for (let n = 2; names.has(name); n++) name = `${wanted} ${n}`;
  return name;
}

export function BookCards({ book, problems, onChange }: BookCardsProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<number | null>(null);
  const withRules = (rules: Rule[]): void => onChange({ ...book, rules });
  const put = (index: number, rule: Rule): void => withRules(book.rules.with(index, rule));
  const move = (index: number, to: number): void => {
    const rules = [...book.rules];
    const [rule] = rules.splice(index, 1);
    if (rule) rules.splice(to, 0, rule);
    withRules(rules);
    if (open === index) setOpen(to);
    else setOpen(null);
  };
  const insert = (index: number, rule: Rule): void => {
    withRules(book.rules.toSpliced(index, 0, rule));
    setOpen(index);
  };
  const newRule = (): Rule => ({
    name: freeName(book, t('rules.newName')),
    when: { all: [{ direction: 'outgoing' }] },
    passes: [{ actions: [{ do: 'hold' }] }],
  });
  const problemsOf = (index: number): string[] =>
    problems
      .filter(({ path }) => path === `rules.${index}` || path.startsWith(`rules.${index}.`))
      .map(({ path, message }) => `${path.split('.').slice(2).join(' ')}: ${message}`);
  return (
    <Stack gap="md">
      <ol className="sg-rules">
        {book.rules.map((rule, index) =>
          open === index ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the name is being typed; the place is what stays.
            <li key={index} className="sg-surface" style={{ padding: 'var(--mantine-spacing-md)' }}>
              <RuleEditor
                rule={rule}
                commands={Object.keys(book.commands)}
                problems={problemsOf(index)}
                onChange={(changed) => put(index, changed)}
                onDone={() => setOpen(null)}
              />
            </li>
          ) : (
            <RuleCard
              // biome-ignore lint/suspicious/noArrayIndexKey: two rules may have one name while it is being typed.
              key={index}
              rule={rule}
              number={index + 1}
              problems={problemsOf(index)}
              aside={
                <Group gap={2} wrap="nowrap">
                  <Tool name="edit" rule={rule} icon={IconPencil} onClick={() => setOpen(index)} />
                  <Tool
                    name="up"
                    rule={rule}
                    icon={IconArrowUp}
                    disabled={index === 0}
                    onClick={() => move(index, index - 1)}
                  />
                  <Tool
                    name="down"
                    rule={rule}
                    icon={IconArrowDown}
                    disabled={index === book.rules.length - 1}
                    onClick={() => move(index, index + 1)}
                  />
                  <Tool
                    name="copy"
                    rule={rule}
                    icon={IconCopy}
                    onClick={() =>
                      insert(index + 1, { ...structuredClone(rule), name: freeName(book, rule.name) })
                    }
                  />
                  <Tool
                    name="remove"
                    rule={rule}
                    icon={IconTrash}
                    onClick={() => {
                      withRules(book.rules.toSpliced(index, 1));
                      setOpen(null);
                    }}
                  />
                </Group>
              }
            />
          ),
        )}
      </ol>
      <Group>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => insert(book.rules.length, newRule())}
        >
          {t('rules.add')}
        </Button>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => insert(0, newRule())}
        >
          {t('rules.addFirst')}
        </Button>
      </Group>
      <CommandsEditor commands={book.commands} onChange={(commands) => onChange({ ...book, commands })} />
    </Stack>
  );
}

interface ToolProps {
  readonly name: string;
  readonly rule: Rule;
  readonly icon: typeof IconPencil;
  readonly disabled?: boolean;
  onClick(): void;
}

function Tool({ name, rule, icon: Icon, disabled = false, onClick }: ToolProps) {
  const { t } = useTranslation();
  return (
    <ActionIcon
      variant="subtle"
      color="gray.7"
      className="sg-tool"
      aria-label={t(`rules.tool.${name}`, { rule: rule.name })}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon size={17} />
    </ActionIcon>
  );
}
