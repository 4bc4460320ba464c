/** What a condition asks for: the field that fits its kind. */
import { Group, NativeSelect, NumberInput, TagsInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConditionField, ConditionKind } from './condition-kinds.ts';

interface ConditionValueProps {
  readonly field: Exclude<ConditionField, { type: 'group' | 'inverse' }>;
  readonly kind: ConditionKind;
  readonly value: unknown;
  readonly commands: readonly string[];
  onChange(value: unknown): void;
}

const MEGABYTE = 1024 * 1024;

export function ConditionValue({ field, kind, value, commands, onChange }: ConditionValueProps) {
  const { t } = useTranslation();
  const label = t('condition.value');
  switch (field.type) {
    case 'nothing':
      return null;
    case 'choice':
      return (
        <NativeSelect
          aria-label={label}
          value={String(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
          data={field.options.map((option) => ({
            value: option,
            label: t(`conditionValue.${kind}.${option}`),
          }))}
        />
      );
    case 'yesno':
      return (
        <NativeSelect
          aria-label={label}
          value={value === true ? 'yes' : 'no'}
          onChange={(event) => onChange(event.currentTarget.value === 'yes')}
          data={[
            { value: 'yes', label: t('yes') },
            { value: 'no', label: t('no') },
          ]}
        />
      );
    case 'command':
      return (
        <NativeSelect
          aria-label={label}
          value={String(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
          data={['', ...commands]}
        />
      );
    case 'text':
      return (
        <TextInput
          aria-label={label}
          value={String(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'patterns':
      return (
        <TagsInput
          aria-label={t('condition.patterns')}
          placeholder={t('condition.patternsHelp')}
          w={{ base: '100%', sm: 320 }}
          value={[value].flat().map(String)}
          onChange={(list) => onChange(list.length === 1 ? list[0] : list)}
          splitChars={[',', ' ', ';']}
        />
      );
    case 'megabytes':
      return (
        <NumberInput
          aria-label={label}
          suffix=" MB"
          min={0}
          value={Number(value) / MEGABYTE}
          onChange={(megabytes) => onChange(Math.round((Number(megabytes) || 0) * MEGABYTE))}
        />
      );
    case 'attachment':
      return <AttachmentValue value={value as Attachment} onChange={onChange} />;
    case 'header':
      return <HeaderValue value={value as Header} onChange={onChange} />;
  }
}

interface Attachment {
  readonly any?: boolean;
  readonly name?: string;
  readonly type?: string;
  readonly countOver?: number;
}

function AttachmentValue({ value, onChange }: { value: Attachment; onChange(value: Attachment): void }) {
  const { t } = useTranslation();
  /** An empty field asks nothing; with nothing asked, any attachment will do. */
  const put = (name: 'name' | 'type', text: string): void => {
    const { any, [name]: _, ...others } = value;
    const next: Attachment = text === '' ? others : { ...others, [name]: text };
    onChange(Object.keys(next).length === 0 ? { any: true } : next);
  };
  return (
    <Group gap="xs">
      <TextInput
        aria-label={t('condition.attachmentName')}
        placeholder={t('condition.attachmentName')}
        value={value.name ?? ''}
        onChange={(event) => put('name', event.currentTarget.value)}
      />
      <TextInput
        aria-label={t('condition.attachmentType')}
        placeholder={t('condition.attachmentType')}
        value={value.type ?? ''}
        onChange={(event) => put('type', event.currentTarget.value)}
      />
    </Group>
  );
}

interface Header {
  readonly name: string;
  readonly matches?: string;
}

function HeaderValue({ value, onChange }: { value: Header; onChange(value: Header): void }) {
  const { t } = useTranslation();
  const { name, matches } = value;
  return (
    <Group gap="xs">
      <TextInput
        aria-label={t('condition.headerName')}
        value={name}
        onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
      />
      <TextInput
        aria-label={t('condition.headerMatches')}
        placeholder={t('condition.headerMatches')}
        value={matches ?? ''}
        onChange={(event) => {
          const text = event.currentTarget.value;
          onChange(text === '' ? { name } : { name, matches: text });
        }}
      />
    </Group>
  );
}
