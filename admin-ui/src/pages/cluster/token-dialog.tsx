/** A token that lets one more member in: its role, then the command for the new machine, shown this one time. */
import { Button, CopyButton, Group, Modal, Radio, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { fullTime } from '../../parts/time.tsx';

type Asked = Parameters<typeof api.cluster.token.mutate>[0];
type TokenRole = NonNullable<Asked['role']>;
type Token = Awaited<ReturnType<typeof api.cluster.token.mutate>>;

const ROLES: readonly TokenRole[] = ['auto', 'voter', 'gateway', 'standby', 'witness'];
const LOOPBACK = /^(127\.|localhost\b|\[?::1\]?)/;

export function TokenDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const [role, setRole] = useState<TokenRole>('auto');
  const [reason, setReason] = useState('');
  const make = useMutation({ mutationFn: () => api.cluster.token.mutate({ role, reason: reason.trim() }) });
  const close = (): void => {
    setRole('auto');
    setReason('');
    make.reset();
    onClose();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('cluster.token.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {make.data ? (
        <TokenShown token={make.data} role={role} onClose={close} />
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
              <Button variant="default" onClick={close}>
                {t('cancel')}
              </Button>
              <Button type="submit" loading={make.isPending}>
                {t('cluster.token.make')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function TokenShown({ token, role, onClose }: { token: Token; role: TokenRole; onClose(): void }) {
  const { t, i18n } = useTranslation();
  const join = role === 'witness' ? 'witness' : 'cluster';
  const command = `sealgate ${join} join ${token.address} ${token.token}`;
  return (
    <Stack>
      <Notice tone="calm" title={t('cluster.token.once')}>
        {t('cluster.token.until', { time: fullTime(token.expiresAtMs, i18n.language) })}
      </Notice>
      {LOOPBACK.test(token.address) && (
        <Notice tone="warn">{t('cluster.token.loopback', { address: token.address })}</Notice>
      )}
      <Text size="sm">{t(role === 'witness' ? 'cluster.token.typeWitness' : 'cluster.token.type')}</Text>
      <pre className="sg-surface sg-source">{command}</pre>
      <Group justify="flex-end">
        <CopyButton value={command}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {t(copied ? 'copied' : 'copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t('close')}</Button>
      </Group>
    </Stack>
  );
}
