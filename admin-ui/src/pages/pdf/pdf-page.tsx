/** PDF mail: the passwords of pairs, how they are made and handed over, and how the PDFs look. */
import { Stack, Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { PageHead } from '../../parts/page-head.tsx';
import { useMay } from '../../session/use-session.ts';
import { PairsTab } from './pairs-tab.tsx';
import { PolicyTab } from './policy-tab.tsx';
import { TemplatesTab } from './templates-tab.tsx';

const TABS = [
  { name: 'passwords', needs: 'pdf.pairs', content: PairsTab },
  { name: 'policy', needs: 'pdf.policy', content: PolicyTab },
  { name: 'templates', needs: 'pdf.templates', content: TemplatesTab },
] as const;

export function PdfPage() {
  const { t } = useTranslation();
  const may = useMay();
  const tabs = TABS.filter(({ needs }) => may(needs));
  return (
    <>
      <PageHead title={t('pdf.title')} lead={t('pdf.lead')} />
      <Tabs defaultValue={tabs[0]?.name ?? null} keepMounted={false}>
        <Tabs.List>
          {tabs.map(({ name }) => (
            <Tabs.Tab key={name} value={name}>
              {t(`pdf.tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ name, content: Content }) => (
          <Tabs.Panel key={name} value={name} pt="md">
            <Stack gap="md">
              <Content />
            </Stack>
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
