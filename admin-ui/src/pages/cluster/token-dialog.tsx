/** A token that lets one more member in: its role, then the command for the new machine, shown this one time. */
import { Button, Group, Radio, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { TokenShown } from './token-shown.tsx';

type Asked = Parameters<typeof api.cluster.token.mutate>[0];
type TokenRole = NonNullable<Asked['role']>;

const ROLES: readonly TokenRole[] = ['auto', 'voter', 'gateway', 'standby', 'witness'];

export function TokenDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const [role, setRole] = useState<TokenRole>('auto');
  const [reason, setReason] = useState('');
  const make = useMutation({ mutationFn: () => api.cluster.token.mutate({ role, reason: reason.trim() }) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={t('cluster.token.title')} size="lg">
      {make.data ? (
        <TokenShown token={make.data} isWitness={role === 'witness'}>
          <Button onClick={onClose}>{t('close')}</Button>
        </TokenShown>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <Text size="sm">{t('cluster.token.text')}</Text>
            <Radio.Group
              label={t('cluster.token.role')}
              value={role}
              onChange={(value) => setRole(value as TokenRole)}
            >
              <Stack gap="xs" mt="xs">
                {ROLES.map((value) => (
                  <Radio
                    key={value}
                    value={value}
                    label={t(`clusterRole.${value}.name`)}
                    description={t(`clusterRole.${value}.does`)}
                  />
                ))}
              </Stack>
            </Radio.Group>
            <Textarea
              label={t('reason.label')}
              description={t('reason.help')}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value.replace(/[\r\n]+/g, ' '))}
              maxLength={500}
              autosize
              minRows={1}
            />
            <ErrorNotice error={make.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('cancel')}
              </Button>
              <Button type="submit" loading={make.isPending}>
                {t('cluster.token.make')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
