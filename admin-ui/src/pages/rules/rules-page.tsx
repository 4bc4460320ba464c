/** The rule book: what holds now, the draft of what will, the difference between both, and a dry run. */
import { Button, Group, Stack, Tabs, Text } from '@mantine/core';
import { IconListDetails, IconPencil } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { PolicyState, RuleBook } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { fullTime } from '../../parts/time.tsx';
import { useToast } from '../../parts/toast.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';
import { DraftDifference } from './draft-difference.tsx';
import { DryRun } from './dry-run.tsx';
import { DraftEditor } from './editor/draft-editor.tsx';
import { RuleCards } from './rule-card.tsx';
import './rules.css';

export function RulesPage() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['policy'], queryFn: () => api.policy.state.query() });
  return (
    <>
      <PageHead title={t('rules.title')} lead={t('rules.lead')} />
      <Waiting query={query}>{(state) => <RuleBookView state={state} />}</Waiting>
    </>
  );
}

function RuleBookView({ state }: { state: PolicyState }) {
  const { t } = useTranslation();
  const may = useMay();
  const [editing, setEditing] = useState(false);
  const [tab, setTab] = useState<string>(state.draft === null ? 'published' : 'draft');
  const start = state.draft?.book ?? state.published?.book ?? { version: 1, commands: {}, rules: [] };
  if (editing) {
    return (
      <DraftEditor
        book={start}
        version={state.version}
        onClose={() => {
          setEditing(false);
          setTab('draft');
        }}
      />
    );
  }
  const edit = may('policy.saveDraft') && (
    <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setEditing(true)}>
      {t(state.draft === null ? 'rules.change' : 'rules.goOn')}
    </Button>
  );
  const shown = state.draft === null && tab !== 'try' ? 'published' : tab;
  return (
    <Stack gap="md">
      {state.draft !== null && <DraftNotice state={state} />}
      <Tabs value={shown} onChange={(value) => setTab(value ?? 'published')}>
        <Group justify="space-between" gap="sm" align="flex-end">
          <Tabs.List>
            <Tabs.Tab value="published">{t('rules.published')}</Tabs.Tab>
            {state.draft !== null && <Tabs.Tab value="draft">{t('rules.draft')}</Tabs.Tab>}
            {state.draft !== null && <Tabs.Tab value="difference">{t('rules.difference')}</Tabs.Tab>}
            <Tabs.Tab value="try">{t('rules.try')}</Tabs.Tab>
          </Tabs.List>
          {edit}
        </Group>
        <Tabs.Panel value="published" pt="md">
          <Published state={state} />
        </Tabs.Panel>
        {state.draft !== null && (
          <>
            <Tabs.Panel value="draft" pt="md">
              <WeakCiphersNotice book={state.draft.book} />
              <RuleCards rules={state.draft.book.rules} />
            </Tabs.Panel>
            <Tabs.Panel value="difference" pt="md">
              <DraftDifference before={state.published?.source ?? ''} after={state.draft.source} />
            </Tabs.Panel>
          </>
        )}
        <Tabs.Panel value="try" pt="md">
          <DryRun hasDraft={state.draft !== null} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Published({ state: { published } }: { state: PolicyState }) {
  const { t, i18n } = useTranslation();
  if (published === null || published.book.rules.length === 0) {
    return (
      <Teaching icon={<IconListDetails />} title={t('rules.none.title')}>
        {t('rules.none.text')}
      </Teaching>
    );
  }
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('rules.publishedBy', {
          time: fullTime(published.atMs, i18n.language),
          by: published.by,
          position: published.position,
        })}
        {published.reason !== '' && ` — ${published.reason}`}
      </Text>
      <WeakCiphersNotice book={published.book} />
      <RuleCards rules={published.book.rules} />
    </Stack>
  );
}

function WeakCiphersNotice({ book }: { book: RuleBook }) {
  const { t } = useTranslation();
  const ciphers = book.weakCiphers ?? [];
  if (ciphers.length === 0) return null;
  return <Notice tone="warn" title={t('weakCiphers.on', { ciphers: ciphers.join(', ').toUpperCase() })} />;
}

/** The draft is not in force: who saved it, and the two ways on. */
function DraftNotice({ state }: { state: PolicyState }) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const [dialog, setDialog] = useState<'publish' | 'discard' | null>(null);
  const { draft, version } = state;
  if (draft === null) return null;
  const perform = async (reason: string): Promise<void> => {
    if (dialog === 'publish') await api.policy.publish.mutate({ version, reason });
    else await api.policy.discardDraft.mutate({ version, reason });
    toast(t(`rules.${dialog}Done`));
    await client.invalidateQueries({ queryKey: ['policy'] });
  };
  return (
    <Notice tone="calm" title={t('rules.draftTitle')}>
      <Stack gap="sm">
        <span>{t('rules.draftBy', { time: fullTime(draft.savedAtMs, i18n.language), by: draft.by })}</span>
        {may('policy.publish') && (
          <Group gap="sm">
            <Button size="xs" onClick={() => setDialog('publish')}>
              {t('rules.publish')}
            </Button>
            <Button size="xs" variant="default" onClick={() => setDialog('discard')}>
              {t('rules.discard')}
            </Button>
          </Group>
        )}
      </Stack>
      <ReasonDialog
        opened={dialog !== null}
        title={t(`rules.${dialog ?? 'publish'}`)}
        explanation={t(`rules.${dialog ?? 'publish'}Text`)}
        action={t(`rules.${dialog ?? 'publish'}`)}
        needed={dialog === 'publish'}
        dangerous={dialog === 'discard'}
        onClose={() => setDialog(null)}
        onConfirm={perform}
      />
    </Notice>
  );
}
