/** Times and sizes in the reader's language. */
import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];
const RELATIVE_UNTIL_MS = 7 * 86_400_000; // Beyond a week a date says more.
const TICK_MS = 30_000;

export function fullTime(atMs: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(atMs);
}

export function dayOf(atMs: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(atMs);
}

function relative(atMs: number, nowMs: number, language: string): string {
  const distance = atMs - nowMs;
  if (Math.abs(distance) > RELATIVE_UNTIL_MS) return dayOf(atMs, language);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, ms] of STEPS) {
    if (Math.abs(distance) >= ms) return format.format(Math.trunc(distance / ms), unit);
  }
  return format.format(0, 'second');
}

/** "3 minutes ago", the exact time on hover and for screen readers. */
export function Ago({ atMs }: { atMs: number }) {
  const { i18n } = useTranslation();
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Tooltip label={fullTime(atMs, i18n.language)}>
      <time dateTime={new Date(atMs).toISOString()}>
        {relative(atMs, Math.max(nowMs, atMs), i18n.language)}
      </time>
    </Tooltip>
  );
}

export function bytesText(bytes: number, language: string): string {
  const steps = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const step = Math.min(steps.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: steps[step],
    unitDisplay: 'short',
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1024 ** step);
}
