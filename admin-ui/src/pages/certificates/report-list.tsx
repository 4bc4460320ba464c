/** What an imported file held, entry by entry, with the reason where one was refused. */
import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ImportReport } from '../../api/types.ts';
import { Mark, type Tone } from '../../parts/mark.tsx';

const TONES: Record<ImportReport['entries'][number]['outcome'], Tone> = {
  imported: 'good',
  'already-known': 'none',
  refused: 'bad',
};

interface ReportListProps {
  readonly fileName: string;
  readonly report: ImportReport;
  onLeave(): void;
}

export function ReportList({ fileName, report, onLeave }: ReportListProps) {
  const { t } = useTranslation();
  return (
    <section aria-live="polite">
      <Text fw={600} className="sg-long">
        {fileName}
      </Text>
      <Stack gap={6} mt={4}>
        {report.entries.map((entry, index) => {
          const [technology = '', fingerprint = ''] = entry.id?.split('/') ?? [];
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries of a file have no name but their place in it.
            <Group key={index} justify="space-between" align="flex-start" wrap="nowrap">
              <div style={{ minWidth: 0 }}>
                <Text size="sm" className="sg-long">
                  {t(`imported.${entry.what}`)}:{' '}
                  {entry.id === null ? (
                    entry.name
                  ) : (
                    <Anchor
                      onClick={onLeave}
                      renderRoot={(props) => (
                        <Link
                          to="/certificates/$technology/$fingerprint"
                          params={{ technology, fingerprint }}
                          {...props}
                        />
                      )}
                    >
                      {entry.name}
                    </Anchor>
                  )}
                </Text>
                {entry.note !== '' && (
                  <Text size="xs" c="dimmed" className="sg-long">
                    {entry.note}
                  </Text>
                )}
              </div>
              <Mark tone={TONES[entry.outcome]}>{t(`importOutcome.${entry.outcome}`)}</Mark>
            </Group>
          );
        })}
      </Stack>
    </section>
  );
}
