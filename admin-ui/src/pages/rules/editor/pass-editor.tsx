/** One pass of a rule under edit: its actions in order, and where its copy goes. */
import { ActionIcon, Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Action, Pass } from '../../../api/types.ts';
import { ActionFields } from './action-fields.tsx';

interface PassEditorProps {
  readonly pass: Pass;
  readonly title: string;
  onChange(pass: Pass): void;
  readonly onRemove: (() => void) | null;
}

/** How each action begins when it is chosen. */
const ACTIONS: { readonly [W in Action['do']]: Extract<Action, { do: W }> } = {
  sign: { do: 'sign', form: 'clear' },
  encrypt: { do: 'encrypt', methods: ['smime', 'openpgp'], otherwise: 'back-to-sender', headers: 'copied' },
  decrypt: { do: 'decrypt' },
  verify: { do: 'verify', tagSubject: false },
  addHeader: { do: 'addHeader', name: 'X-Example', value: 'text' },
  deleteHeader: { do: 'deleteHeader', name: 'X-Example' },
  nothing: { do: 'nothing' },
  hold: { do: 'hold' },
  backToSender: { do: 'backToSender' },
  delete: { do: 'delete' },
};
const WORDS = Object.keys(ACTIONS) as Action['do'][];

export function PassEditor({ pass, title, onChange, onRemove }: PassEditorProps) {
  const { t } = useTranslation();
  const withActions = (actions: Action[]): void => onChange({ ...pass, actions });
  return (
    <fieldset className="sg-fieldset" aria-label={title}>
      <Group justify="space-between" mb={6}>
        <Text fw={600} size="sm">
          {title}
        </Text>
        {onRemove && (
          <ActionIcon variant="subtle" color="gray.7" aria-label={t('rules.removePass')} onClick={onRemove}>
            <IconTrash size={17} />
          </ActionIcon>
        )}
      </Group>
      <div className="sg-group">
        <Stack gap="xs" align="flex-start">
          {pass.actions.map((action, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: actions have no name but their place in the pass.
            <Group key={index} gap="xs">
              <NativeSelect
                aria-label={t('action.kind')}
                value={action.do}
                onChange={(event) =>
                  withActions(pass.actions.with(index, ACTIONS[event.currentTarget.value as Action['do']]))
                }
                data={WORDS.map((word) => ({ value: word, label: t(`action.${word}`) }))}
              />
              <ActionFields
                action={action}
                onChange={(changed) => withActions(pass.actions.with(index, changed))}
              />
              {pass.actions.length > 1 && (
                <ActionIcon
                  variant="subtle"
                  color="gray.7"
                  aria-label={t('action.remove')}
                  onClick={() => withActions(pass.actions.toSpliced(index, 1))}
                >
                  <IconX size={17} />
                </ActionIcon>
              )}
            </Group>
          ))}
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={15} aria-hidden />}
            onClick={() => withActions([...pass.actions, ACTIONS.sign])}
          >
            {t('action.add')}
          </Button>
          <TextInput
            label={t('rules.deliverTo')}
            description={t('rules.deliverToHelp')}
            value={pass.deliverTo ?? ''}
            onChange={(event) => {
              const { deliverTo: _, ...others } = pass;
              const address = event.currentTarget.value.trim();
              onChange(address === '' ? others : { ...others, deliverTo: address });
            }}
          />
        </Stack>
      </div>
    </fieldset>
  );
}
