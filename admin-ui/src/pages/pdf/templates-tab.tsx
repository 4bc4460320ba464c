/** How the PDFs of each mail domain look: chosen here, edited in the form beside it. */
import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { Surface } from '../../parts/surface.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { TemplateForm } from './template-form.tsx';

const ALL = '*';

export function TemplatesTab() {
  const { t } = useTranslation();
  const [domain, setDomain] = useState(ALL);
  const query = useQuery({
    queryKey: ['pdf', 'templates'],
    queryFn: async () => {
      const [templates, domains] = await Promise.all([
        api.pdf.templates.query(),
        // Not every role that sees templates sees the domains.
        api.people.domains.query().catch(() => []),
      ]);
      return { templates, domains: domains.map((row) => row.domain) };
    },
  });
  return (
    <Waiting query={query}>
      {({ templates, domains }) => {
        const known = [...new Set([ALL, ...domains, ...templates.map((row) => row.domain)])];
        const own = templates.find((row) => row.domain === domain)?.template ?? null;
        return (
          <Surface title={t('pdf.template.title')}>
            <NativeSelect
              label={t('pdf.template.domain')}
              mb="md"
              value={domain}
              onChange={(event) => setDomain(event.currentTarget.value)}
              data={known.map((name) => ({
                value: name,
                label: name === ALL ? t('pdf.template.all') : name,
              }))}
            />
            <TemplateForm key={`${domain} ${JSON.stringify(own)}`} domain={domain} own={own} />
          </Surface>
        );
      }}
    </Waiting>
  );
}
