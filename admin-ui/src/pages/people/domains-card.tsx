/** The mail domains that are ours: they decide what is incoming, outgoing and internal. */
import { ActionIcon, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { ErrorNotice } from '../../parts/notice.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';

export function DomainsCard() {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const [domain, setDomain] = useState('');
  const [removing, setRemoving] = useState<string | null>(null);
  const query = useQuery({ queryKey: ['domains'], queryFn: () => api.people.domains.query() });
  const refresh = () => client.invalidateQueries({ queryKey: ['domains'] });
  const add = useMutation({
    mutationFn: () => api.people.addDomain.mutate({ domain: domain.trim() }),
    onSuccess: async () => {
      setDomain('');
      await refresh();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (domain.trim()) add.mutate();
  };
  return (
    <Surface title={t('domains.title')}>
      <Stack gap="sm">
        <Waiting query={query}>
          {(domains) =>
            domains.length === 0 ? (
              <Text size="sm" c="dimmed">
                {t('domains.none')}
              </Text>
            ) : (
              domains.map((row) => (
                <Group key={row.domain} justify="space-between" wrap="nowrap">
                  <div style={{ minWidth: 0 }}>
                    <Text size="sm" fw={600} truncate>
                      {row.domain}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {t('domains.people', { count: row.people })}
                    </Text>
                  </div>
                  {may('people.removeDomain') && (
                    <ActionIcon
                      variant="subtle"
                      color="gray.7"
                      aria-label={t('domains.removeOf', { domain: row.domain })}
                      onClick={() => setRemoving(row.domain)}
                    >
                      <IconTrash size={18} />
                    </ActionIcon>
                  )}
                </Group>
              ))
            )
          }
        </Waiting>
        {may('people.addDomain') && (
          <form onSubmit={submit}>
            <Group align="flex-end" gap="sm">
              <TextInput
                flex="1 1 200px"
                label={t('domains.add')}
                placeholder="example.org"
                value={domain}
                onChange={(event) => setDomain(event.currentTarget.value)}
              />
              <Button type="submit" variant="default" loading={add.isPending}>
                {t('add')}
              </Button>
            </Group>
          </form>
        )}
        <ErrorNotice error={add.error} />
      </Stack>
      <ReasonDialog
        opened={removing !== null}
        title={t('domains.removeTitle')}
        explanation={t('domains.removeText', { domain: removing ?? '' })}
        action={t('domains.remove')}
        dangerous
        onClose={() => setRemoving(null)}
        onConfirm={async (reason) => {
          await api.people.removeDomain.mutate({ domain: removing ?? '', reason });
          await refresh();
        }}
      />
    </Surface>
  );
}
