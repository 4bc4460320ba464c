/** What the form makes of the pages and mails that a partner sees, as it stands, before it is saved. */
import { NativeSelect, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { PdfTemplate } from '../../api/types.ts';
import { Waiting } from '../../parts/waiting.tsx';

const TYPING_MS = 400;
const SHEETS = ['cover', 'last', 'mail', 'notice', 'invitation'] as const;
type Sheet = (typeof SHEETS)[number];

interface TemplatePreviewProps {
  readonly domain: string;
  readonly template: PdfTemplate;
  readonly language: keyof PdfTemplate['texts'];
}

export function TemplatePreview({ domain, template, language }: TemplatePreviewProps) {
  const { t } = useTranslation();
  const id = useId();
  const [sheet, setSheet] = useState<Sheet>('cover');
  const [settled] = useDebouncedValue(template, TYPING_MS);
  const query = useQuery({
    queryKey: ['pdf', 'preview', domain, language, sheet, settled],
    queryFn: () => api.pdf.preview.mutate({ domain, language, sheet, template: settled }),
    placeholderData: keepPreviousData,
    gcTime: 0, // Each keystroke makes another one.
  });
  const name = t(`pdf.template.preview.sheetWord.${sheet}`);
  return (
    <section aria-labelledby={id} className="sg-beside">
      <Title order={3} id={id} mb="xs">
        {t('pdf.template.preview.title')}
      </Title>
      <NativeSelect
        label={t('pdf.template.preview.sheet')}
        mb="sm"
        value={sheet}
        onChange={(event) => setSheet(event.currentTarget.value as Sheet)}
        data={SHEETS.map((value) => ({ value, label: t(`pdf.template.preview.sheetWord.${value}`) }))}
      />
      <Waiting query={query}>
        {(preview) =>
          preview.kind === 'picture' ? (
            <img
              className="sg-sheet"
              src={`data:image/svg+xml,${encodeURIComponent(preview.svg)}`}
              alt={t('pdf.template.preview.picture', { sheet: name })}
            />
          ) : (
            <div className="sg-sheet sg-sheet-text">
              <Text size="sm" c="dimmed">
                {t('pdf.template.preview.subject')}
              </Text>
              <Text fw={600} mb="sm" className="sg-long">
                {preview.subject}
              </Text>
              <Text size="sm" className="sg-long" style={{ whiteSpace: 'pre-wrap' }}>
                {preview.text}
              </Text>
            </div>
          )
        }
      </Waiting>
    </section>
  );
}
