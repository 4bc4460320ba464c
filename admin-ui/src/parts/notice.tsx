/** A message beside the content: what happened and what to do. Errors are read out at once. */
import { Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../api/error-text.ts';
import type { Tone } from './mark.tsx';

const ICONS = {
  good: IconCircleCheck,
  warn: IconAlertTriangle,
  bad: IconAlertTriangle,
  calm: IconInfoCircle,
  none: IconInfoCircle,
};

interface NoticeProps {
  readonly tone: Tone;
  readonly title?: string;
  readonly children?: ReactNode;
}

export function Notice({ tone, title, children }: NoticeProps) {
  const Icon = ICONS[tone];
  return (
    <div className="sg-notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon size={20} aria-hidden />
      <div>
        {title !== undefined && <Text fw={600}>{title}</Text>}
        {children !== undefined && (
          <Text size="sm" component="div" className="sg-long">
            {children}
          </Text>
        )}
      </div>
    </div>
  );
}

/** Nothing while there is no error. */
export function ErrorNotice({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (error === null || error === undefined) return null;
  return (
    <Notice tone="bad" title={t('error.title')}>
      {errorText(error, t)}
    </Notice>
  );
}
