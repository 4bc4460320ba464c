/** Subject commands: the word that rules use, and what a sender writes for it. */
import { ActionIcon, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleBook } from '../../../api/types.ts';
import { Surface } from '../../../parts/surface.tsx';

type Commands = RuleBook['commands'];
const WORD = /^[a-z][a-z0-9_]*$/; // The rule language's own rule for the word.

export function CommandsEditor({
  commands,
  onChange,
}: {
  commands: Commands;
  onChange(commands: Commands): void;
}) {
  const { t } = useTranslation();
  const [word, setWord] = useState('');
  const valid = WORD.test(word) && !Object.hasOwn(commands, word);
  const add = (event: FormEvent): void => {
    event.preventDefault();
    if (!valid) return;
    onChange({ ...commands, [word]: word });
    setWord('');
  };
  return (
    <Surface title={t('commands.title')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('commands.text')}
        </Text>
        {Object.entries(commands).map(([name, written]) => (
          <Group key={name} gap="sm">
            <Text size="sm" fw={600} w={140} truncate>
              {name}
            </Text>
            <TextInput
              aria-label={t('commands.written', { name })}
              value={written}
              onChange={(event) => onChange({ ...commands, [name]: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray.7"
              aria-label={t('commands.remove', { name })}
              onClick={() => {
                const { [name]: _, ...others } = commands;
                onChange(others);
              }}
            >
              <IconTrash size={17} />
            </ActionIcon>
          </Group>
        ))}
        <form onSubmit={add}>
          <Group gap="sm" align="flex-end">
            <TextInput
              label={t('commands.word')}
              placeholder="encrypt"
              value={word}
              onChange={(event) => setWord(event.currentTarget.value.trim())}
            />
            <Button type="submit" variant="default" disabled={!valid}>
              {t('add')}
            </Button>
          </Group>
        </form>
      </Stack>
    </Surface>
  );
}
