/** The rules of a draft in their order: moved, added, copied, removed, and one of them opened for editing. */
import { Button, Group, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule, RuleBook, SourceProblem } from '../../../api/types.ts';
import { RuleCard } from '../rule-card.tsx';
import { CommandsEditor } from './commands-editor.tsx';
import { RuleEditor } from './rule-editor.tsx';
import { type RuleTool, RuleTools } from './rule-tools.tsx';
import { WeakCiphersEditor } from './weak-ciphers-editor.tsx';

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

function problemsOf(problems: readonly SourceProblem[], index: number): string[] {
  return problems
    .filter(({ path }) => path === `rules.${index}` || path.startsWith(`rules.${index}.`))
    .map(({ path, message }) => `${path.split('.').slice(2).join(' ')}: ${message}`);
}

const newRule = (name: string): Rule => ({
  name,
  when: { all: [{ direction: 'outgoing' }] },
  passes: [{ actions: [{ do: 'hold' }] }],
});

export function BookCards({ book, problems, onChange }: BookCardsProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<number | null>(null);
  const { rules } = book;
  const withRules = (changed: Rule[], opened: number | null): void => {
    onChange({ ...book, rules: changed });
    setOpen(opened);
  };
  const insert = (index: number, rule: Rule): void => withRules(rules.toSpliced(index, 0, rule), index);
  const move = (index: number, to: number): void =>
    withRules(rules.toSpliced(index, 1).toSpliced(to, 0, rules[index]!), null);
  const use = (tool: RuleTool, index: number, rule: Rule): void => {
    if (tool === 'edit') setOpen(index);
    else if (tool === 'up') move(index, index - 1);
    else if (tool === 'down') move(index, index + 1);
    else if (tool === 'remove') withRules(rules.toSpliced(index, 1), null);
    else insert(index + 1, { ...structuredClone(rule), name: freeName(book, rule.name) });
  };
  const addAt = (index: number, text: string) => (
    <Button
      variant="default"
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => insert(index, newRule(freeName(book, t('rules.newName'))))}
    >
      {text}
    </Button>
  );
  const card = (rule: Rule, index: number) => {
    const said = problemsOf(problems, index);
    const ends: RuleTool[] = [
      ...(index === 0 ? ['up' as const] : []),
      ...(index === rules.length - 1 ? ['down' as const] : []),
    ];
    return open === index ? (
      <li key={index} className="sg-surface sg-rule-open">
        <RuleEditor
          rule={rule}
          commands={Object.keys(book.commands)}
          problems={said}
          onChange={(changed) => withRules(rules.with(index, changed), index)}
          onDone={() => setOpen(null)}
        />
      </li>
    ) : (
      <RuleCard
        key={index}
        rule={rule}
        number={index + 1}
        problems={said}
        aside={<RuleTools rule={rule.name} disabled={ends} onTool={(tool) => use(tool, index, rule)} />}
      />
    );
  };
  return (
    <Stack gap="md">
      <ol className="sg-rules">{rules.map(card)}</ol>
      <Group>
        {addAt(rules.length, t('rules.add'))}
        {addAt(0, t('rules.addFirst'))}
      </Group>
      <CommandsEditor commands={book.commands} onChange={(commands) => onChange({ ...book, commands })} />
      <WeakCiphersEditor
        ciphers={book.weakCiphers ?? []}
        onChange={(weakCiphers) => onChange({ ...book, weakCiphers })}
      />
    </Stack>
  );
}
