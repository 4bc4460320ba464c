/** A coloured dot and a word: the state of a thing, readable without the colour. */
import type { ReactNode } from 'react';

export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'none';

export function Mark({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="sg-mark" data-tone={tone}>
      {children}
    </span>
  );
}
