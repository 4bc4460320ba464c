/** A new operator: a name, roles, and a first password that is shown once. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { Role } from '../../api/types.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { RoleChoice } from './role-choice.tsx';
import { ShownOnce } from './shown-once.tsx';

interface CreateOperatorDialogProps {
  readonly opened: boolean;
  onClose(): void;
  onCreated(): Promise<unknown>;
}

export function CreateOperatorDialog({ opened, onClose, onCreated }: CreateOperatorDialogProps) {
  const { t } = useTranslation();
  const [id, setId] = useState('');
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<readonly Role[]>([]);
  const create = useMutation({
    mutationFn: () => api.operators.create.mutate({ id, name, roles: [...roles] }),
    onSuccess: onCreated,
  });
  const close = (): void => {
    setId('');
    setName('');
    setRoles([]);
    create.reset();
    onClose();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Dialog opened={opened} onClose={close} title={t('operators.create')}>
      {create.data ? (
        <Stack>
          <ShownOnce id={id} password={create.data.password} />
          <Button onClick={close}>{t('close')}</Button>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <TextInput
              label={t('operators.id')}
              description={t('operators.idHelp')}
              value={id}
              onChange={(event) => setId(event.currentTarget.value.trim().toLowerCase())}
              required
              data-autofocus
            />
            <TextInput
              label={t('operators.name')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <RoleChoice value={roles} onChange={setRoles} />
            <ErrorNotice error={create.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {t('cancel')}
              </Button>
              <Button type="submit" loading={create.isPending} disabled={id === '' || roles.length === 0}>
                {t('operators.create')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
