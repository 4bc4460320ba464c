/** In the try-out: the way to a first protected mail, in three steps. */
import { Button, Group, List, Text } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Surface } from '../../parts/surface.tsx';

export function FirstSteps() {
  const { t } = useTranslation();
  return (
    <Surface title={t('firstSteps.title')}>
      <List type="ordered" size="sm" spacing={6} withPadding>
        {(['send', 'look', 'answer'] as const).map((step) => (
          <List.Item key={step}>
            <Text size="sm">{t(`firstSteps.${step}`)}</Text>
          </List.Item>
        ))}
      </List>
      <Group mt="md">
        <Button
          rightSection={<IconArrowRight size={16} aria-hidden />}
          renderRoot={(props) => <Link to="/mailbox" {...props} />}
        >
          {t('firstSteps.go')}
        </Button>
      </Group>
    </Surface>
  );
}
