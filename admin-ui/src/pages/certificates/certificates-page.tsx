/** All keys and certificates: ours, partners', authorities'; found, looked at, imported by dropping a file. */
import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { IconCertificate, IconUpload } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { CertificateRow } from '../../api/types.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { Pager } from '../../parts/pager.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { dayOf } from '../../parts/time.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session/use-session.ts';
import { CertificateState } from './certificate-state.tsx';
import { ImportDialog } from './import-dialog.tsx';

const TYPING_MS = 250;
const PAGE_ROWS = 25;
const KINDS = ['', 'own', 'partner', 'authority'] as const;
const route = getRouteApi('/certificates');

export function CertificatesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(search.search ?? '');
  const [settled] = useDebouncedValue(typed, TYPING_MS);
  const [page, setPage] = useState(0);
  const [importing, { open, close }] = useDisclosure(false);
  const kind = KINDS.find((k) => k !== '' && k === search.kind) as CertificateRow['kind'] | undefined;
  useEffect(() => {
    setPage(0);
    void navigate({ search: (old) => ({ ...old, search: settled || undefined }), replace: true });
  }, [settled, navigate]);
  const query = useQuery({
    queryKey: ['certificates', settled, kind, page],
    queryFn: () =>
      api.certificates.list.query({ search: settled, kind: kind ?? null, page, pageRows: PAGE_ROWS }),
    placeholderData: keepPreviousData,
  });
  const importButton = (
    <Button leftSection={<IconUpload size={16} aria-hidden />} onClick={open}>
      {t('certificates.import')}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t('certificates.title')}
        lead={t('certificates.lead')}
        actions={may('certificates.import') ? importButton : undefined}
      />
      <SearchField placeholder={t('certificates.placeholder')} value={typed} onType={setTyped} />
      <div className="sg-scroll-x">
        <SegmentedControl
          aria-label={t('certificates.kindFilter')}
          value={kind ?? ''}
          onChange={(value) => {
            setPage(0);
            void navigate({ search: (old) => ({ ...old, kind: value || undefined }), replace: true });
          }}
          data={KINDS.map((k) => ({ value: k, label: t(`certificateKind.${k || 'every'}`) }))}
        />
      </div>
      <Waiting query={query}>
        {({ rows, total }) => (
          <Stack gap="md">
            <Surface flush>
              {rows.map((row) => (
                <CertificateLine key={row.id} row={row} />
              ))}
              {rows.length === 0 && (
                <Teaching
                  icon={<IconCertificate />}
                  title={t(settled ? 'certificates.notFound.title' : 'certificates.none.title')}
                  action={may('certificates.import') ? importButton : undefined}
                >
                  {t(settled ? 'certificates.notFound.text' : 'certificates.none.text')}
                </Teaching>
              )}
            </Surface>
            <Pager page={page} total={total} pageRows={PAGE_ROWS} onPage={setPage} />
          </Stack>
        )}
      </Waiting>
      <ImportDialog opened={importing} onClose={close} />
    </>
  );
}

/** The common name of a distinguished name; what is none stays as it is. */
function shortName(name: string): string {
  return /(?:^|,\s*)CN=([^,]+)/.exec(name)?.[1] ?? name;
}

function CertificateLine({ row }: { row: CertificateRow }) {
  const { t, i18n } = useTranslation();
  const [technology = '', fingerprint = ''] = row.id.split('/');
  const first = row.addresses[0] ?? shortName(row.name);
  const second = first.includes(shortName(row.name)) ? '' : shortName(row.name);
  const usage = row.usage.map((use) => t(`usage.${use}`)).join(', ');
  return (
    <Link
      to="/certificates/$technology/$fingerprint"
      params={{ technology, fingerprint }}
      className="sg-row-link"
    >
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" fw={600} truncate>
          {first}
        </Text>
        <CertificateState row={row} />
      </Group>
      {second !== '' && (
        <Text size="sm" truncate>
          {second}
        </Text>
      )}
      <Text size="xs" c="dimmed" className="sg-long">
        {t(`certificateKind.${row.kind}`)} · {t(`technology.${row.technology}`)} · {row.algorithm} · {usage} ·{' '}
        {row.notAfterMs === null
          ? t('certificates.noEnd')
          : t('certificates.until', { day: dayOf(row.notAfterMs, i18n.language) })}
        {row.issuer !== '' && row.kind !== 'authority' && ` · ${shortName(row.issuer)}`}
      </Text>
    </Link>
  );
}
