/** The book as text, with the number of each line and what is wrong beside the line where it is. */
import { Anchor, List } from '@mantine/core';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { SourceProblem } from '../../../api/types.ts';

interface SourceEditorProps {
  readonly source: string;
  readonly problems: readonly SourceProblem[];
  onChange(source: string): void;
}

export function SourceEditor({ source, problems, onChange }: SourceEditorProps) {
  const { t } = useTranslation();
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLDivElement>(null);
  const lines = source.split('\n');
  const wrong = new Set(problems.map((problem) => problem.line));
  const goTo = (line: number): void => {
    const start = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    area.current?.focus();
    area.current?.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  };
  return (
    <>
      {problems.length > 0 && (
        <List size="sm" spacing={4}>
          {problems.map((problem) => (
            <List.Item key={`${problem.line} ${problem.path} ${problem.message}`}>
              <Anchor component="button" type="button" size="sm" onClick={() => goTo(problem.line)}>
                {t('rules.lineNumber', { line: problem.line })}
              </Anchor>
              : {problem.path !== '' && <code>{problem.path}</code>} {problem.message}
            </List.Item>
          ))}
        </List>
      )}
      <div className="sg-surface sg-source-editor">
        <div ref={numbers} className="sg-line-numbers" aria-hidden>
          {lines.map((_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number.
            <div key={index} data-wrong={wrong.has(index + 1)}>
              {index + 1}
            </div>
          ))}
        </div>
        <textarea
          ref={area}
          aria-label={t('rules.asSource')}
          value={source}
          onChange={(event) => onChange(event.currentTarget.value)}
          onScroll={(event) => {
            if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop;
          }}
          spellCheck={false}
          wrap="off"
          rows={Math.min(32, Math.max(14, lines.length + 1))}
        />
      </div>
    </>
  );
}
