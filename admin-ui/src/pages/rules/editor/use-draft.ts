/** A draft under edit in two forms, cards and source, kept the same by the gateway's own reader. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import type { RuleBook, SourceProblem } from '../../../api/types.ts';

type View = 'cards' | 'source';

export function useDraft(start: RuleBook, version: number, onSaved: () => void) {
  const client = useQueryClient();
  const [view, setView] = useState<View>('cards');
  const [book, setBook] = useState(start);
  const [source, setSource] = useState('');
  const [problems, setProblems] = useState<readonly SourceProblem[]>([]);

  /** The book that the source says; null with its problems shown. */
  const readSource = async (): Promise<RuleBook | null> => {
    const answer = await api.policy.checkSource.mutate({ source });
    setProblems(answer.problems);
    if (answer.book !== null) setBook(answer.book);
    return answer.book;
  };
  /** The source that the book makes; its problems are shown. */
  const writeSource = async (): Promise<boolean> => {
    const answer = await api.policy.sourceOf.mutate({ book: { ...book } });
    setSource(answer.source);
    setProblems(answer.problems);
    return answer.problems.length === 0;
  };
  const show = useMutation({
    mutationFn: async (wanted: View) => {
      if (wanted === view) return;
      if (wanted === 'source') await writeSource();
      else if ((await readSource()) === null) return;
      setView(wanted);
    },
  });
  const save = useMutation({
    mutationFn: async () => {
      const toSave = view === 'source' ? await readSource() : (await writeSource()) ? book : null;
      if (toSave === null) return false;
      await api.policy.saveDraft.mutate({ book: toSave, version });
      return true;
    },
    onSuccess: async (saved) => {
      if (!saved) return;
      await client.invalidateQueries({ queryKey: ['policy'] });
      onSaved();
    },
  });
  return {
    view,
    show,
    book,
    setBook,
    source,
    setSource,
    problems,
    save,
    changed: view === 'source' || JSON.stringify(book) !== JSON.stringify(start),
  };
}
