/** A message that is never sent: what would the rules do with it, and why. */
import {
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ErrorNotice } from '../../parts/notice.tsx';
import { Surface } from '../../parts/surface.tsx';
import { DryRunResult } from './dry-run-result.tsx';

const KILOBYTE = 1024;
const SIZE_KB_USUAL = 20;

export function DryRun({ hasDraft }: { hasDraft: boolean }) {
  const { t } = useTranslation();
  const [book, setBook] = useState<'published' | 'draft'>(hasDraft ? 'draft' : 'published');
  const [zone, setZone] = useState<'inside' | 'outside'>('inside');
  const [sender, setSender] = useState('');
  const [recipients, setRecipients] = useState('');
  const [subject, setSubject] = useState('');
  const [sizeKb, setSizeKb] = useState(SIZE_KB_USUAL);
  const [encrypted, setEncrypted] = useState(false);
  const [signed, setSigned] = useState(false);
  const [attachment, setAttachment] = useState('');
  const explain = useMutation({
    mutationFn: () =>
      api.policy.explain.mutate({
        book,
        mail: {
          zone,
          listener: zone,
          sender: sender.trim(),
          recipients: recipients.split(/[\s,;]+/).filter((address) => address !== ''),
          subject,
          sizeBytes: sizeKb * KILOBYTE,
          encrypted,
          signed,
          headers: [],
          attachments: attachment.trim()
            ? [{ name: attachment.trim(), type: 'application/octet-stream' }]
            : [],
        },
      }),
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
                value={zone}
                onChange={(value) => setZone(value as 'inside' | 'outside')}
                data={(['inside', 'outside'] as const).map((value) => ({
                  value,
                  label: t(`dryRun.from.${value}`),
                }))}
              />
              {hasDraft && (
                <SegmentedControl
                  aria-label={t('dryRun.book')}
                  value={book}
                  onChange={(value) => setBook(value as 'published' | 'draft')}
                  data={[
                    { value: 'published', label: t('rules.published') },
                    { value: 'draft', label: t('rules.draft') },
                  ]}
                />
              )}
            </Group>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput
                label={t('dryRun.sender')}
                value={sender}
                onChange={(e) => setSender(e.currentTarget.value)}
              />
              <TextInput
                label={t('dryRun.subject')}
                value={subject}
                onChange={(e) => setSubject(e.currentTarget.value)}
              />
            </SimpleGrid>
            <Textarea
              label={t('dryRun.recipients')}
              description={t('dryRun.recipientsHelp')}
              value={recipients}
              onChange={(event) => setRecipients(event.currentTarget.value)}
              autosize
              minRows={1}
              required
            />
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <NumberInput
                label={t('dryRun.size')}
                value={sizeKb}
                min={0}
                onChange={(value) => setSizeKb(Number(value) || 0)}
              />
              <TextInput
                label={t('dryRun.attachment')}
                value={attachment}
                onChange={(e) => setAttachment(e.currentTarget.value)}
              />
            </SimpleGrid>
            <Group>
              <Switch
                label={t('dryRun.encrypted')}
                checked={encrypted}
                onChange={(e) => setEncrypted(e.currentTarget.checked)}
              />
              <Switch
                label={t('dryRun.signed')}
                checked={signed}
                onChange={(e) => setSigned(e.currentTarget.checked)}
              />
            </Group>
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
