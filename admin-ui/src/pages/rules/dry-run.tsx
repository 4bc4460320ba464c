/** A message that is never sent: what would the rules do with it, and why. */
import { Button, Group, SegmentedControl, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ErrorNotice } from '../../parts/notice.tsx';
import { Surface } from '../../parts/surface.tsx';
import { DryRunFields, EMPTY_SKETCH, mailOf } from './dry-run-form.tsx';
import { DryRunResult } from './dry-run-result.tsx';

const ZONES = ['inside', 'outside'] as const;
const BOOKS = ['published', 'draft'] as const;

export function DryRun({ hasDraft }: { hasDraft: boolean }) {
  const { t } = useTranslation();
  const [book, setBook] = useState<(typeof BOOKS)[number]>(hasDraft ? 'draft' : 'published');
  const [sketch, setSketch] = useState(EMPTY_SKETCH);
  const explain = useMutation({
    mutationFn: () => api.policy.explain.mutate({ book, mail: mailOf(sketch) }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    explain.mutate();
  };
  return (
    <Stack gap="md">
      <Surface title={t('dryRun.title')}>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Group gap="sm">
              <SegmentedControl
                aria-label={t('dryRun.zone')}
                value={sketch.zone}
                onChange={(zone) => setSketch({ ...sketch, zone: zone as (typeof ZONES)[number] })}
                data={ZONES.map((value) => ({ value, label: t(`dryRun.from.${value}`) }))}
              />
              {hasDraft && (
                <SegmentedControl
                  aria-label={t('dryRun.book')}
                  value={book}
                  onChange={(value) => setBook(value as (typeof BOOKS)[number])}
                  data={BOOKS.map((value) => ({ value, label: t(`rules.${value}`) }))}
                />
              )}
            </Group>
            <DryRunFields sketch={sketch} onChange={(part) => setSketch({ ...sketch, ...part })} />
            <ErrorNotice error={explain.error} />
            <Group>
              <Button type="submit" loading={explain.isPending}>
                {t('dryRun.action')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Surface>
      <Stack gap="md" aria-live="polite">
        {explain.data?.map((decision) => (
          <DryRunResult key={decision.recipient} decision={decision} />
        ))}
      </Stack>
    </Stack>
  );
}
