/** Editing a draft: as cards or as source, both the same book; saved as a whole. */
import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RuleBook } from '../../../api/types.ts';
import { ErrorNotice, Notice } from '../../../parts/notice.tsx';
import { useToast } from '../../../parts/toast.tsx';
import { BookCards } from './book-cards.tsx';
import { SourceEditor } from './source-editor.tsx';
import { useDraft } from './use-draft.ts';

interface DraftEditorProps {
  readonly book: RuleBook;
  readonly version: number;
  onClose(): void;
}

export function DraftEditor({ book, version, onClose }: DraftEditorProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const draft = useDraft(book, version, () => {
    toast(t('rules.saved'));
    onClose();
  });
  return (
    <Stack gap="md">
      <div className="sg-editor-bar">
        <SegmentedControl
          aria-label={t('rules.view')}
          value={draft.view}
          onChange={(view) => draft.show.mutate(view as 'cards' | 'source')}
          data={[
            { value: 'cards', label: t('rules.asCards') },
            { value: 'source', label: t('rules.asSource') },
          ]}
        />
        <Group gap="sm">
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button
            onClick={() => draft.save.mutate()}
            loading={draft.save.isPending}
            disabled={!draft.changed}
          >
            {t('rules.save')}
          </Button>
        </Group>
      </div>
      <Text size="sm" c="dimmed">
        {t('rules.editHelp')}
      </Text>
      <ErrorNotice error={draft.save.error ?? draft.show.error} />
      {draft.problems.length > 0 && (
        <Notice tone="bad" title={t('rules.problems', { count: draft.problems.length })} />
      )}
      {draft.view === 'cards' ? (
        <BookCards book={draft.book} problems={draft.problems} onChange={draft.setBook} />
      ) : (
        <SourceEditor source={draft.source} problems={draft.problems} onChange={draft.setSource} />
      )}
    </Stack>
  );
}
