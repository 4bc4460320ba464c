/** The fields of the policy of PDF mail, topic by topic. */
import { NativeSelect, NumberInput, SimpleGrid, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PdfPolicy } from '../../api/types.ts';

interface FieldsProps {
  readonly policy: PdfPolicy;
  put(change: Partial<PdfPolicy>): void;
}

export function PasswordFields({ policy, put }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Choice policy={policy} put={put} name="passwordPer" options={['pair', 'recipient']} />
      <Choice policy={policy} put={put} name="form" options={['groups', 'words']} />
      <NumberInput
        label={t('pdf.policy.bits')}
        min={80}
        max={256}
        value={policy.bits}
        onChange={(bits) => put({ bits: Number(bits) || 80 })}
      />
      <NumberInput
        label={t('pdf.policy.expiresAfterDays')}
        placeholder={t('pdf.policy.never')}
        min={1}
        max={3650}
        value={policy.expiresAfterDays ?? ''}
        onChange={(days) => put({ expiresAfterDays: days === '' ? null : Number(days) })}
      />
      <Choice policy={policy} put={put} name="delivery" options={['sender', 'messenger']} />
      <Address policy={policy} put={put} name="messengerUrl" />
      <NumberInput
        label={t('pdf.policy.chosenCharactersMin')}
        min={10}
        max={64}
        value={policy.chosenCharactersMin}
        onChange={(n) => put({ chosenCharactersMin: Number(n) || 12 })}
      />
      <Switch
        label={t('pdf.policy.senderMayState', { command: policy.commands.password })}
        checked={policy.senderMayState}
        onChange={(event) => put({ senderMayState: event.currentTarget.checked })}
      />
    </SimpleGrid>
  );
}

export function RegistrationFields({ policy, put }: FieldsProps) {
  const { t } = useTranslation();
  const { registration } = policy;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Switch
        label={t('pdf.policy.selfRegistration')}
        checked={policy.selfRegistration}
        onChange={(event) => put({ selfRegistration: event.currentTarget.checked })}
      />
      <NumberInput
        label={t('pdf.policy.registrationDays')}
        min={1}
        max={60}
        value={registration.expiresAfterDays}
        onChange={(days) => put({ registration: { ...registration, expiresAfterDays: Number(days) || 14 } })}
      />
      <TextInput
        label={t('pdf.policy.remindAfterDays')}
        value={registration.remindAfterDays.join(', ')}
        onChange={(event) => {
          const days = event.currentTarget.value.split(/[^0-9]+/).filter((text) => text !== '');
          put({ registration: { ...registration, remindAfterDays: days.map(Number) } });
        }}
      />
      <Address policy={policy} put={put} name="portalUrl" />
      <Choice policy={policy} put={put} name="secondFactor" options={['none', 'mail']} />
      <NumberInput
        label={t('pdf.policy.replyExpiresAfterDays')}
        min={1}
        max={3650}
        value={policy.replyExpiresAfterDays}
        onChange={(days) => put({ replyExpiresAfterDays: Number(days) || 180 })}
      />
    </SimpleGrid>
  );
}

export function SendingFields({ policy, put }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Choice policy={policy} put={put} name="encryption" options={['aes-256', 'aes-128']} />
      <Choice policy={policy} put={put} name="subject" options={['neutral', 'copied']} />
      <Switch
        label={t('pdf.policy.attachOriginal')}
        checked={policy.attachOriginal}
        onChange={(event) => put({ attachOriginal: event.currentTarget.checked })}
      />
    </SimpleGrid>
  );
}

type ChoiceName = 'passwordPer' | 'form' | 'delivery' | 'secondFactor' | 'encryption' | 'subject';

interface ChoiceProps extends FieldsProps {
  readonly name: ChoiceName;
  readonly options: readonly string[];
}

function Choice({ policy, put, name, options }: ChoiceProps) {
  const { t } = useTranslation();
  return (
    <NativeSelect
      label={t(`pdf.policy.${name}`)}
      value={policy[name]}
      onChange={(event) => put({ [name]: event.currentTarget.value } as Partial<PdfPolicy>)}
      data={options.map((option) => ({ value: option, label: t(`pdf.policyWord.${option}`) }))}
    />
  );
}

function Address({ policy, put, name }: FieldsProps & { readonly name: 'messengerUrl' | 'portalUrl' }) {
  const { t } = useTranslation();
  return (
    <TextInput
      type="url"
      label={t(`pdf.policy.${name}`)}
      placeholder="https://"
      value={policy[name] ?? ''}
      onChange={(event) => {
        const text = event.currentTarget.value.trim();
        put({ [name]: text === '' ? null : text } as Partial<PdfPolicy>);
      }}
    />
  );
}
