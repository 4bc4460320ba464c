/** What a draft would change, line by line. */
import { VisuallyHidden } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../../parts/notice.tsx';
import { type DifferenceLine, lineDifference } from './line-difference.ts';

const SIGNS: Record<DifferenceLine['kind'], string> = { same: ' ', added: '+', removed: '−' };
const CONTEXT_LINES = 3;

/** Lines that did not change, far from one that did, are left out. */
function nearChanges(lines: readonly DifferenceLine[]): (DifferenceLine & { number: number })[] {
  const changed = lines.flatMap((line, index) => (line.kind === 'same' ? [] : [index]));
  return lines
    .map((line, number) => ({ ...line, number }))
    .filter(({ number }) => changed.some((at) => Math.abs(at - number) <= CONTEXT_LINES));
}

export function DraftDifference({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation();
  const lines = useMemo(() => nearChanges(lineDifference(before, after)), [before, after]);
  if (lines.length === 0) return <Notice tone="calm">{t('rules.noDifference')}</Notice>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: an area that scrolls must be reachable with the keyboard.
    <section className="sg-surface sg-difference" aria-label={t('rules.difference')} tabIndex={0}>
      {lines.map((line, index) => (
        <div key={line.number}>
          {index > 0 && lines[index - 1]!.number < line.number - 1 && <hr />}
          <div data-kind={line.kind}>
            <span aria-hidden>{SIGNS[line.kind]} </span>
            {line.kind !== 'same' && <VisuallyHidden>{t(`rules.line.${line.kind}`)} </VisuallyHidden>}
            {line.text}
          </div>
        </div>
      ))}
    </section>
  );
}
