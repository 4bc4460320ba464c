/** Logo, colour and texts of one mail domain; an empty field is the built-in text. */
import {
  Button,
  ColorInput,
  FileButton,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { PdfTemplate } from '../../api/types.ts';
import { ErrorNotice } from '../../parts/notice.tsx';
import { useToast } from '../../parts/toast.tsx';
import { useMay } from '../../session/use-session.ts';
import { TemplatePreview } from './template-preview.tsx';

type Language = keyof PdfTemplate['texts'];
type TextName = keyof PdfTemplate['texts'][Language];

const LANGUAGES: readonly Language[] = ['en', 'de', 'nl', 'fr'];
const TEXTS: readonly TextName[] = [
  'coverTitle',
  'cover',
  'lastTitle',
  'last',
  'replyButton',
  'replyHint',
  'footer',
  'mailText',
];
const NO_TEXTS = Object.fromEntries(TEXTS.map((name) => [name, ''])) as Record<TextName, string>;
const EMPTY: PdfTemplate = {
  company: '',
  logo: null,
  accent: null,
  page: null,
  texts: { en: NO_TEXTS, de: NO_TEXTS, nl: NO_TEXTS, fr: NO_TEXTS },
};

export function TemplateForm({ domain, own }: { domain: string; own: PdfTemplate | null }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const [draft, setDraft] = useState(own ?? EMPTY);
  const [language, setLanguage] = useState<Language>('en');
  const done = async (): Promise<void> => {
    toast(t('pdf.template.saved'));
    await client.invalidateQueries({ queryKey: ['pdf', 'templates'] });
  };
  const save = useMutation({
    mutationFn: () => api.pdf.setTemplate.mutate({ domain, template: draft }),
    onSuccess: done,
  });
  const remove = useMutation({
    mutationFn: () => api.pdf.removeTemplate.mutate({ domain }),
    onSuccess: done,
  });
  const put = (change: Partial<PdfTemplate>): void => setDraft({ ...draft, ...change });
  const putText = (name: TextName, text: string): void =>
    put({ texts: { ...draft.texts, [language]: { ...draft.texts[language], [name]: text } } });
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
      <fieldset disabled={!may('pdf.setTemplate')} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TextInput
              label={t('pdf.template.company')}
              value={draft.company}
              onChange={(event) => put({ company: event.currentTarget.value })}
            />
            <ColorInput
              label={t('pdf.template.accent')}
              withEyeDropper={false}
              value={draft.accent ?? ''}
              onChange={(accent) =>
                put({ accent: /^#[0-9a-f]{6}$/i.test(accent) ? accent.toLowerCase() : null })
              }
            />
            <NativeSelect
              label={t('pdf.template.page')}
              value={draft.page ?? ''}
              onChange={(event) => {
                const page = event.currentTarget.value;
                put({ page: page === 'phone' || page === 'a4' ? page : null });
              }}
              data={['', 'phone', 'a4'].map((page) => ({
                value: page,
                label: t(`pdf.template.pageWord.${page === '' ? 'standard' : page}`),
              }))}
            />
          </SimpleGrid>
          <LogoField logo={draft.logo} onChange={(logo) => put({ logo })} />
          <NativeSelect
            label={t('pdf.template.language')}
            value={language}
            onChange={(event) => setLanguage(event.currentTarget.value as Language)}
            data={LANGUAGES.map((code) => ({ value: code, label: t(`pdf.language.${code}`) }))}
          />
          {TEXTS.map((name) => (
            <Textarea
              key={name}
              label={t(`pdf.template.text.${name}`)}
              placeholder={t('pdf.template.builtIn')}
              autosize
              maxLength={2000}
              value={draft.texts[language][name]}
              onChange={(event) => putText(name, event.currentTarget.value)}
            />
          ))}
          <ErrorNotice error={save.error ?? remove.error} />
          {may('pdf.setTemplate') && (
            <Group>
              <Button onClick={() => save.mutate()} loading={save.isPending}>
                {t('pdf.template.save')}
              </Button>
              {own !== null && (
                <Button variant="default" onClick={() => remove.mutate()} loading={remove.isPending}>
                  {t('pdf.template.remove')}
                </Button>
              )}
            </Group>
          )}
        </Stack>
      </fieldset>
      <TemplatePreview domain={domain} template={draft} language={language} />
    </SimpleGrid>
  );
}

interface LogoFieldProps {
  readonly logo: PdfTemplate['logo'];
  onChange(logo: PdfTemplate['logo']): void;
}

function LogoField({ logo, onChange }: LogoFieldProps) {
  const { t } = useTranslation();
  const take = async (file: File | null): Promise<void> => {
    if (!file) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const type = file.type === 'image/png' ? 'image/png' : 'image/jpeg';
    onChange({ type, base64: btoa(Array.from(bytes, (octet) => String.fromCharCode(octet)).join('')) });
  };
  return (
    <Group>
      {logo && (
        <img src={`data:${logo.type};base64,${logo.base64}`} alt={t('pdf.template.logo')} height={48} />
      )}
      <FileButton accept="image/png,image/jpeg" onChange={(file) => void take(file)}>
        {(props) => (
          <Button variant="default" {...props}>
            {t('pdf.template.chooseLogo')}
          </Button>
        )}
      </FileButton>
      {logo && (
        <Button variant="subtle" onClick={() => onChange(null)}>
          {t('pdf.template.noLogo')}
        </Button>
      )}
    </Group>
  );
}
