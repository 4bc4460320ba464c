/** The switch for S/MIME mail in ciphers that protect nobody any more: which of them are opened. */
import { Checkbox, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RuleBook } from '../../../api/types.ts';
import { Surface } from '../../../parts/surface.tsx';

type WeakCiphers = NonNullable<RuleBook['weakCiphers']>;

const CIPHERS: WeakCiphers = ['3des', 'rc2', 'rc4', 'des'];

interface WeakCiphersEditorProps {
  readonly ciphers: WeakCiphers;
  onChange(ciphers: WeakCiphers): void;
}

export function WeakCiphersEditor({ ciphers, onChange }: WeakCiphersEditorProps) {
  const { t } = useTranslation();
  return (
    <Surface title={t('weakCiphers.title')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('weakCiphers.text')}
        </Text>
        <Checkbox.Group
          aria-label={t('weakCiphers.title')}
          value={[...ciphers]}
          onChange={(chosen) => onChange(CIPHERS.filter((cipher) => chosen.includes(cipher)))}
        >
          <Group gap="lg">
            {CIPHERS.map((cipher) => (
              <Checkbox key={cipher} value={cipher} label={cipher.toUpperCase()} />
            ))}
          </Group>
        </Checkbox.Group>
      </Stack>
    </Surface>
  );
}
