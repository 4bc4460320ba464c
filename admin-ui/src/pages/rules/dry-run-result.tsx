/** What the rules would do for one recipient, and the answer of each rule that was asked. */
import { List, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DryRunDecision } from '../../api/types.ts';
import { Mark } from '../../parts/mark.tsx';
import { Surface } from '../../parts/surface.tsx';

export function DryRunResult({ decision }: { decision: DryRunDecision }) {
  const { t } = useTranslation();
  return (
    <Surface title={decision.recipient} aside={<Text size="sm">{t(`direction.${decision.direction}`)}</Text>}>
      <Stack gap="sm">
        <Text size="sm" fw={600}>
          {decision.result}
        </Text>
        <Text size="sm">
          {decision.rule === null ? t('mail.noRule') : t('mail.rule', { rule: decision.rule })}
        </Text>
        {decision.actions.length > 0 && (
          <List size="sm" spacing={2}>
            {decision.actions.map((action) => (
              <List.Item key={action}>{action}</List.Item>
            ))}
          </List>
        )}
        <Stack gap={4}>
          {decision.reasons.map((reason) => (
            <div key={reason.rule}>
              <Mark tone={reason.matched ? 'good' : 'none'}>
                {reason.rule}: {t(reason.matched ? 'dryRun.matched' : 'dryRun.notMatched')}
              </Mark>
              {reason.why !== '' && (
                <Text size="xs" c="dimmed" className="sg-long">
                  {reason.why}
                </Text>
              )}
            </div>
          ))}
        </Stack>
      </Stack>
    </Surface>
  );
}
