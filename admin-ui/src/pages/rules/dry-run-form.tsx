/** What is said about the mail that is never sent: where from, to whom, and what conditions look at. */
import { NumberInput, SimpleGrid, Switch, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { api } from '../../api/client.ts';

type DryRunMail = Parameters<typeof api.policy.explain.mutate>[0]['mail'];

export interface Sketch {
  readonly zone: 'inside' | 'outside';
  readonly sender: string;
  readonly recipients: string;
  readonly subject: string;
  readonly sizeKb: number;
  readonly attachment: string;
  readonly encrypted: boolean;
  readonly signed: boolean;
}

const KILOBYTE = 1024;
const SIZE_KB_USUAL = 20;

export const EMPTY_SKETCH: Sketch = {
  zone: 'inside',
  sender: '',
  recipients: '',
  subject: '',
  sizeKb: SIZE_KB_USUAL,
  attachment: '',
  encrypted: false,
  signed: false,
};

export function mailOf(sketch: Sketch): DryRunMail {
  const { zone, subject, encrypted, signed } = sketch;
  const attachment = sketch.attachment.trim();
  return {
    zone,
    listener: zone,
    sender: sketch.sender.trim(),
    recipients: sketch.recipients.split(/[\s,;]+/).filter((address) => address !== ''),
    subject,
    sizeBytes: sketch.sizeKb * KILOBYTE,
    encrypted,
    signed,
    headers: [],
    attachments: attachment === '' ? [] : [{ name: attachment, type: 'application/octet-stream' }],
  };
}

interface DryRunFieldsProps {
  readonly sketch: Sketch;
  onChange(part: Partial<Sketch>): void;
}

export function DryRunFields({ sketch, onChange }: DryRunFieldsProps) {
  const { t } = useTranslation();
  const line = (name: 'sender' | 'subject' | 'attachment') => (
    <TextInput
      label={t(`dryRun.${name}`)}
      value={sketch[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  );
  const yesNo = (name: 'encrypted' | 'signed') => (
    <Switch
      label={t(`dryRun.${name}`)}
      checked={sketch[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.checked })}
    />
  );
  return (
    <>
      <Textarea
        label={t('dryRun.recipients')}
        description={t('dryRun.recipientsHelp')}
        value={sketch.recipients}
        onChange={(event) => onChange({ recipients: event.currentTarget.value })}
        autosize
        minRows={1}
        required
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {line('sender')}
        {line('subject')}
        <NumberInput
          label={t('dryRun.size')}
          value={sketch.sizeKb}
          min={0}
          onChange={(value) => onChange({ sizeKb: Number(value) || 0 })}
        />
        {line('attachment')}
        {yesNo('encrypted')}
        {yesNo('signed')}
      </SimpleGrid>
    </>
  );
}
