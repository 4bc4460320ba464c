/** The mail domains that are ours: they decide what is incoming, outgoing and internal. */
import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { MailDomainRow } from '../../api/types.ts';
import { ErrorNotice } from '../../parts/notice.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';

const DOMAINS_KEY = ['domains'];

export function DomainsCard() {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const [removing, setRemoving] = useState<string | null>(null);
  const query = useQuery({ queryKey: DOMAINS_KEY, queryFn: () => api.people.domains.query() });
  const remove = async (reason: string): Promise<void> => {
    await api.people.removeDomain.mutate({ domain: removing ?? '', reason });
    await client.invalidateQueries({ queryKey: DOMAINS_KEY });
  };
  return (
    <Surface title={t('domains.title')}>
      <Stack gap="sm">
        <Waiting query={query}>
          {(domains) => (
            <>
              {domains.length === 0 && (
                <Text size="sm" c="dimmed">
                  {t('domains.none')}
                </Text>
              )}
              {domains.map((row) => (
                <DomainLine
                  key={row.domain}
                  row={row}
                  onRemove={may('people.removeDomain') ? () => setRemoving(row.domain) : null}
                />
              ))}
            </>
          )}
        </Waiting>
        {may('people.addDomain') && <AddDomain />}
      </Stack>
      <ReasonDialog
        opened={removing !== null}
        title={t('domains.removeTitle')}
        explanation={t('domains.removeText', { domain: removing ?? '' })}
        action={t('domains.remove')}
        dangerous
        onClose={() => setRemoving(null)}
        onConfirm={remove}
      />
    </Surface>
  );
}

function DomainLine({ row, onRemove }: { row: MailDomainRow; onRemove: (() => void) | null }) {
  const { t } = useTranslation();
  return (
    <Group justify="space-between" wrap="nowrap">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600} truncate>
          {row.domain}
        </Text>
        <Text size="xs" c="dimmed">
          {t('domains.people', { count: row.people })}
        </Text>
      </div>
      <LanguageChoice row={row} />
      {onRemove && (
        <ActionIcon
          variant="subtle"
          color="gray.7"
          aria-label={t('domains.removeOf', { domain: row.domain })}
          onClick={onRemove}
        >
          <IconTrash size={18} />
        </ActionIcon>
      )}
    </Group>
  );
}

const LANGUAGES = ['en', 'de', 'nl', 'fr'] as const;

/** Of the status and the reports that the domain's people get. */
function LanguageChoice({ row }: { row: MailDomainRow }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const choose = useMutation({
    mutationFn: (language: MailDomainRow['language']) =>
      api.people.setDomainLanguage.mutate({ domain: row.domain, language }),
    onSuccess: () => client.invalidateQueries({ queryKey: DOMAINS_KEY }),
  });
  return (
    <Select
      w={130}
      aria-label={t('domains.language', { domain: row.domain })}
      allowDeselect={false}
      disabled={!may('people.setDomainLanguage') || choose.isPending}
      value={row.language}
      onChange={(value) => choose.mutate((value ?? 'en') as MailDomainRow['language'])}
      data={LANGUAGES.map((value) => ({ value, label: t(`mailLanguage.${value}`) }))}
    />
  );
}

function AddDomain() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [domain, setDomain] = useState('');
  const add = useMutation({
    mutationFn: () => api.people.addDomain.mutate({ domain: domain.trim() }),
    onSuccess: async () => {
      setDomain('');
      await client.invalidateQueries({ queryKey: DOMAINS_KEY });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (domain.trim()) add.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
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
        <ErrorNotice error={add.error} />
      </Stack>
    </form>
  );
}
