/** Gives a person a seat: from now on their mail is signed and their keys are made at first need. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { useToast } from '../../parts/toast.tsx';

export function EnrollDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [address, setAddress] = useState('');
  const [name, setName] = useState('');
  const close = (): void => {
    setAddress('');
    setName('');
    enroll.reset();
    onClose();
  };
  const enroll = useMutation({
    mutationFn: () => api.people.enroll.mutate({ address: address.trim(), name: name.trim() }),
    onSuccess: async () => {
      toast(t('people.added', { address: address.trim() }));
      await client.invalidateQueries({ queryKey: ['people'] });
      close();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    enroll.mutate();
  };
  return (
    <Dialog opened={opened} onClose={close} title={t('people.enroll')}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{t('people.enrollText')}</Text>
          <TextInput
            type="email"
            label={t('people.address')}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
            required
            data-autofocus
          />
          <TextInput
            label={t('people.name')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <ErrorNotice error={enroll.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={enroll.isPending}>
              {t('people.enroll')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
