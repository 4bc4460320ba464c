/** One rule as it is read: number, name, when, then. */
import { Group, List, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../api/types.ts';
import { conditionWords, passWords } from './rule-words.ts';

interface RuleCardProps {
  readonly rule: Rule;
  readonly number: number;
  readonly aside?: ReactNode;
  readonly problems?: readonly string[];
}

export function RuleCard({ rule, number, aside, problems = [] }: RuleCardProps) {
  const { t } = useTranslation();
  return (
    <li className="sg-surface sg-rule">
      <Text className="sg-rule-number" aria-hidden>
        {number}
      </Text>
      <div style={{ minWidth: 0, flex: 1 }}>
        <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
          <Text fw={600} className="sg-long" component="h3" m={0}>
            {rule.name}
          </Text>
          {aside}
        </Group>
        <Text size="sm" mt={4} className="sg-long">
          <strong>{t('rules.when')}</strong> {conditionWords(rule.when, t)}
        </Text>
        {rule.passes.map((pass, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: passes have no name but their place in the rule.
          <div key={index}>
            <Text size="sm" mt={4}>
              <strong>
                {rule.passes.length > 1 ? t('rules.pass', { number: index + 1 }) : t('rules.then')}
              </strong>
            </Text>
            <List size="sm" spacing={2}>
              {passWords(pass, t).map((words) => (
                <List.Item key={words} className="sg-long">
                  {words}
                </List.Item>
              ))}
            </List>
          </div>
        ))}
        {problems.map((problem) => (
          <Text key={problem} size="sm" c="var(--mantine-color-error)" role="alert">
            {problem}
          </Text>
        ))}
      </div>
    </li>
  );
}

export function RuleCards({ rules }: { rules: readonly Rule[] }) {
  return (
    <ol className="sg-rules">
      {rules.map((rule, index) => (
        <RuleCard key={rule.name} rule={rule} number={index + 1} />
      ))}
    </ol>
  );
}
