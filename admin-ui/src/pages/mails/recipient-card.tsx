/** What was decided for one recipient, why, and how its copies travelled. */
import { Group, List, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CopyTrace, RecipientTrace } from '../../api/types.ts';
import { Mark, type Tone } from '../../parts/mark.tsx';
import { Surface } from '../../parts/surface.tsx';
import { fullTime } from '../../parts/time.tsx';
import { useMay } from '../../session/use-session.ts';
import { reasonWords } from './reason-words.ts';
import { RetryButton } from './retry-button.tsx';

const END_TONES: Record<RecipientTrace['end'], Tone> = {
  delivered: 'good',
  deleted: 'none',
  hold: 'warn',
  'back-to-sender': 'bad',
};
const ATTEMPT_TONES: Record<CopyTrace['attempts'][number]['outcome'], Tone> = {
  delivered: 'good',
  deferred: 'warn',
  failed: 'bad',
};

export function RecipientCard({ trace }: { trace: RecipientTrace }) {
  const { t } = useTranslation();
  return (
    <Surface title={trace.recipient} aside={<Mark tone={END_TONES[trace.end]}>{t(`end.${trace.end}`)}</Mark>}>
      <Stack gap="sm">
        <Text size="sm">
          {trace.rule === null ? t('mail.noRule') : t('mail.rule', { rule: trace.rule })}
          {trace.why !== '' && ` — ${t(`failure.${trace.why}`, trace.why)}`}
        </Text>
        <div>
          <Text size="sm" fw={600}>
            {t('mail.why')}
          </Text>
          <List size="sm" type="ordered" spacing={2}>
            {trace.reasons.map((reason) => (
              <List.Item key={reason}>{reasonWords(reason, t)}</List.Item>
            ))}
          </List>
        </div>
        {trace.copies.map((copy) => (
          <CopyStory key={copy.queueId} copy={copy} recipient={trace.recipient} />
        ))}
      </Stack>
    </Surface>
  );
}

/** The attempts of one delivery, each with the server's answer. */
export function Attempts({ attempts }: { attempts: CopyTrace['attempts'] }) {
  const { t, i18n } = useTranslation();
  if (attempts.length === 0) return <Mark tone="calm">{t('mail.waits')}</Mark>;
  return attempts.map((attempt) => (
    <div key={attempt.atMs}>
      <Group gap="xs">
        <Mark tone={ATTEMPT_TONES[attempt.outcome]}>{t(`attempt.${attempt.outcome}`)}</Mark>
        <Text size="xs" c="dimmed">
          {fullTime(attempt.atMs, i18n.language)} · {attempt.host}
          {attempt.tls !== '' && ` · ${attempt.tls}`}
        </Text>
      </Group>
      <Text size="xs" ff="monospace" className="sg-long">
        {attempt.answer}
      </Text>
    </div>
  ));
}

function CopyStory({ copy, recipient }: { copy: CopyTrace; recipient: string }) {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <div className="sg-copy">
      <Text size="sm" fw={600}>
        {t(`protection.${copy.protection}`, copy.protection)}
      </Text>
      {copy.deliverTo !== recipient && (
        <Text size="sm">{t('mail.deliverTo', { address: copy.deliverTo })}</Text>
      )}
      <Attempts attempts={copy.attempts} />
      {copy.attempts.at(-1)?.outcome === 'deferred' && may('queue.retry') && (
        <RetryButton queueId={copy.queueId} />
      )}
    </div>
  );
}
