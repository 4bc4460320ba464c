/** Editing a draft: as cards or as source, both the same book; saved as a whole. */
import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../api/client.ts';
import type { RuleBook, SourceProblem } from '../../../api/types.ts';
import { ErrorNotice, Notice } from '../../../parts/notice.tsx';
import { useToast } from '../../../parts/toast.tsx';
import { BookCards } from './book-cards.tsx';
import { SourceEditor } from './source-editor.tsx';

interface DraftEditorProps {
  readonly book: RuleBook;
  readonly version: number;
  onClose(): void;
}

export function DraftEditor({ book: start, version, onClose }: DraftEditorProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [view, setView] = useState<'cards' | 'source'>('cards');
  const [book, setBook] = useState(start);
  const [source, setSource] = useState('');
  const [problems, setProblems] = useState<readonly SourceProblem[]>([]);

  const toSource = useMutation({
    mutationFn: () => api.policy.sourceOf.mutate({ book: { ...book } }),
    onSuccess: (answer) => {
      setSource(answer.source);
      setProblems(answer.problems);
      setView('source');
    },
  });
  /** The book that the source says; null with its problems shown. */
  const readSource = async (): Promise<RuleBook | null> => {
    const answer = await api.policy.checkSource.mutate({ source });
    setProblems(answer.problems);
    if (answer.book !== null) setBook(answer.book);
    return answer.book;
  };
  const toCards = useMutation({
    mutationFn: readSource,
    onSuccess: (read) => {
      if (read !== null) setView('cards');
    },
  });
  const save = useMutation({
    mutationFn: async () => {
      let toSave: RuleBook | null = book;
      if (view === 'source') toSave = await readSource();
      else {
        const answer = await api.policy.sourceOf.mutate({ book: { ...book } });
        setProblems(answer.problems);
        if (answer.problems.length > 0) toSave = null;
      }
      if (toSave === null) return false;
      await api.policy.saveDraft.mutate({ book: toSave, version });
      return true;
    },
    onSuccess: async (saved) => {
      if (!saved) return;
      toast(t('rules.saved'));
      await client.invalidateQueries({ queryKey: ['policy'] });
      onClose();
    },
  });
  const changed = view === 'source' || JSON.stringify(book) !== JSON.stringify(start);
  return (
    <Stack gap="md">
      <div className="sg-editor-bar">
        <SegmentedControl
          aria-label={t('rules.view')}
          value={view}
          onChange={(value) => (value === 'source' ? toSource.mutate() : toCards.mutate())}
          data={[
            { value: 'cards', label: t('rules.asCards') },
            { value: 'source', label: t('rules.asSource') },
          ]}
        />
        <Group gap="sm">
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button onClick={() => save.mutate()} loading={save.isPending} disabled={!changed}>
            {t('rules.save')}
          </Button>
        </Group>
      </div>
      <Text size="sm" c="dimmed">
        {t('rules.editHelp')}
      </Text>
      <ErrorNotice error={save.error ?? toSource.error ?? toCards.error} />
      {problems.length > 0 && <Notice tone="bad" title={t('rules.problems', { count: problems.length })} />}
      {view === 'cards' ? (
        <BookCards book={book} problems={problems} onChange={setBook} />
      ) : (
        <SourceEditor source={source} problems={problems} onChange={setSource} />
      )}
    </Stack>
  );
}
