/** The line of stages as a row of steps: what was passed, where it stands, how long each took. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MailTrace } from '../../api/types.ts';
import { Surface } from '../../parts/surface.tsx';

type StepState = 'done' | 'now' | 'stopped' | 'open';

interface Step {
  readonly name: string;
  readonly state: StepState;
  readonly took: string;
}

function durationText(us: number, language: string): string {
  const [value, unit] = us >= 1_000_000 ? [us / 1_000_000, 'second'] : [us / 1000, 'millisecond'];
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);
}

function stepsOf(mail: MailTrace, language: string): Step[] {
  const steps: Step[] = [{ name: 'receive', state: 'done', took: '' }];
  if (mail.decision === null) return [...steps, { name: 'line', state: 'now', took: '' }];
  for (const { stage, us } of mail.decision.stages) {
    steps.push({ name: stage, state: 'done', took: durationText(us, language) });
  }
  const copies = mail.decision.recipients.flatMap((recipient) => recipient.copies);
  if (mail.state === 'held') steps.push({ name: 'hold', state: 'stopped', took: '' });
  else if (mail.state === 'returned' && copies.length === 0)
    steps.push({ name: 'back', state: 'stopped', took: '' });
  else if (copies.length > 0) {
    const state = mail.state === 'sent' ? 'done' : mail.state === 'returned' ? 'stopped' : 'now';
    steps.push({ name: 'deliver', state, took: '' });
  }
  return steps;
}

export function StageLine({ mail }: { mail: MailTrace }) {
  const { t, i18n } = useTranslation();
  return (
    <Surface title={t('mail.line')}>
      <ol className="sg-stages">
        {stepsOf(mail, i18n.language).map((step) => (
          <li key={step.name} data-state={step.state}>
            <Text size="sm" fw={600}>
              {t(`stage.${step.name}.name`, step.name)}
            </Text>
            <Text size="xs" c="dimmed">
              {t(`stage.${step.name}.does`, '')}
            </Text>
            <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
              {step.took === '' ? t(`stepState.${step.state}`) : step.took}
            </Text>
          </li>
        ))}
      </ol>
    </Surface>
  );
}
