/** What an action needs to know: the fields that fit its word. */
import { Group, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Action } from '../../../api/types.ts';

interface ActionFieldsProps {
  readonly action: Action;
  onChange(action: Action): void;
}

type SignMethod = 'smime' | 'openpgp';
type Method = SignMethod | 'pdf';
const METHOD_ORDERS: readonly (readonly Method[])[] = [
  ['smime', 'openpgp'],
  ['openpgp', 'smime'],
  ['smime', 'openpgp', 'pdf'],
  ['openpgp', 'smime', 'pdf'],
  ['smime', 'pdf'],
  ['pdf'],
  ['smime'],
  ['openpgp'],
];

export function ActionFields({ action, onChange }: ActionFieldsProps) {
  const { t } = useTranslation();
  const text = (label: string, value: string, put: (value: string) => void) => (
    <TextInput
      aria-label={t(`action.field.${label}`)}
      placeholder={t(`action.field.${label}`)}
      value={value}
      onChange={(event) => put(event.currentTarget.value)}
    />
  );
  switch (action.do) {
    case 'sign':
      return <SignFields action={action} onChange={onChange} />;
    case 'encrypt':
      return <EncryptFields action={action} onChange={onChange} />;
    case 'verify':
      return (
        <Switch
          label={t('action.field.tagSubject')}
          checked={action.tagSubject}
          onChange={(event) => onChange({ ...action, tagSubject: event.currentTarget.checked })}
        />
      );
    case 'addHeader':
      return (
        <Group gap="xs">
          {text('name', action.name, (name) => onChange({ ...action, name }))}
          {text('value', action.value, (value) => onChange({ ...action, value }))}
        </Group>
      );
    case 'deleteHeader':
      return text('name', action.name, (name) => onChange({ ...action, name }));
    case 'backToSender':
      return text('text', action.text ?? '', (value) =>
        onChange(value === '' ? { do: 'backToSender' } : { do: 'backToSender', text: value }),
      );
    case 'hold':
      return text('reason', action.reason ?? '', (value) =>
        onChange(value === '' ? { do: 'hold' } : { do: 'hold', reason: value }),
      );
    default:
      return null;
  }
}

type SignAction = Extract<Action, { do: 'sign' }>;

function SignFields({ action, onChange }: { action: SignAction; onChange(action: Action): void }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs">
      <NativeSelect
        aria-label={t('action.field.method')}
        value={action.method ?? ''}
        onChange={(event) => {
          const { method: _, ...others } = action;
          const method = event.currentTarget.value;
          onChange(method === '' ? others : { ...others, method: method as SignMethod });
        }}
        data={[
          { value: '', label: t('action.asEncrypted') },
          { value: 'smime', label: t('technology.smime') },
          { value: 'openpgp', label: t('technology.openpgp') },
        ]}
      />
      <NativeSelect
        aria-label={t('action.field.form')}
        value={action.form}
        onChange={(event) => onChange({ ...action, form: event.currentTarget.value as SignAction['form'] })}
        data={(['clear', 'opaque'] as const).map((form) => ({ value: form, label: t(`signForm.${form}`) }))}
      />
    </Group>
  );
}

/** An order that was written in the source is kept. */
const ordersWith = (own: readonly Method[]): readonly (readonly Method[])[] =>
  METHOD_ORDERS.some((methods) => methods.join() === own.join()) ? METHOD_ORDERS : [...METHOD_ORDERS, own];

type EncryptAction = Extract<Action, { do: 'encrypt' }>;

function EncryptFields({ action, onChange }: { action: EncryptAction; onChange(action: Action): void }) {
  const { t } = useTranslation();
  const named = (methods: readonly Method[]): string => methods.map((m) => t(`technology.${m}`)).join(', ');
  return (
    <Group gap="xs">
      <NativeSelect
        aria-label={t('action.field.methods')}
        value={action.methods.join()}
        onChange={(event) =>
          onChange({ ...action, methods: event.currentTarget.value.split(',') as Method[] })
        }
        data={ordersWith(action.methods).map((methods) => ({ value: methods.join(), label: named(methods) }))}
      />
      <NativeSelect
        aria-label={t('action.field.otherwise')}
        value={action.otherwise}
        onChange={(event) =>
          onChange({ ...action, otherwise: event.currentTarget.value as EncryptAction['otherwise'] })
        }
        data={(['back-to-sender', 'hold', 'clear'] as const).map((word) => ({
          value: word,
          label: t(`otherwise.${word}`),
        }))}
      />
      <NativeSelect
        aria-label={t('action.field.headers')}
        value={action.headers}
        onChange={(event) =>
          onChange({ ...action, headers: event.currentTarget.value as EncryptAction['headers'] })
        }
        data={(['copied', 'hidden'] as const).map((word) => ({
          value: word,
          label: t(`headersWords.${word}`),
        }))}
      />
    </Group>
  );
}
