/** One certificate or key: whose, by whom, until when, whether it is used and why not, and what was done with it. */
import { Anchor, DataList, Group, List, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { CertificateDetail } from '../../api/types.ts';
import { Notice } from '../../parts/notice.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Surface } from '../../parts/surface.tsx';
import { dayOf, fullTime } from '../../parts/time.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { AbilitiesCard } from './abilities-card.tsx';
import { CertificateActions } from './certificate-actions.tsx';
import { CertificateState } from './certificate-state.tsx';

const route = getRouteApi('/certificates/$technology/$fingerprint');

export function CertificatePage() {
  const { t } = useTranslation();
  const { technology, fingerprint } = route.useParams();
  const id = `${technology}/${fingerprint}`;
  const query = useQuery({
    queryKey: ['certificates', 'one', id],
    queryFn: () => api.certificates.get.query({ id }),
  });
  return (
    <>
      <PageHead
        title={query.data?.addresses[0] ?? query.data?.name ?? t('certificate.title')}
        lead={
          <Anchor renderRoot={(props) => <Link to="/certificates" {...props} />}>
            ← {t('certificate.back')}
          </Anchor>
        }
        actions={query.data && <CertificateActions certificate={query.data} />}
      />
      <Waiting query={query}>{(certificate) => <Details certificate={certificate} />}</Waiting>
    </>
  );
}

function Details({ certificate }: { certificate: CertificateDetail }) {
  const { t } = useTranslation();
  return (
    <Stack gap="lg">
      {certificate.problems.length > 0 && (
        <Notice tone="warn" title={t('certificate.problems')}>
          <List size="sm">
            {certificate.problems.map((problem) => (
              <List.Item key={problem}>{t(`certificateProblem.${problem}`, problem)}</List.Item>
            ))}
          </List>
        </Notice>
      )}
      <Facts certificate={certificate} />
      {certificate.abilities.map((abilities) => (
        <AbilitiesCard key={abilities.address} abilities={abilities} />
      ))}
      {certificate.chain.length > 1 && <Chain certificate={certificate} />}
      <History certificate={certificate} />
    </Stack>
  );
}

const GROUP_CHARS = 4;

/** Read aloud on the telephone, four at a time. */
function inGroups(hex: string): string {
  return hex.match(new RegExp(`.{1,${GROUP_CHARS}}`, 'g'))?.join(' ') ?? '';
}

function Facts({ certificate: c }: { certificate: CertificateDetail }) {
  const { t, i18n } = useTranslation();
  const item = (label: string, value: React.ReactNode) => (
    <DataList.Item>
      <DataList.ItemLabel>{t(`certificate.${label}`)}</DataList.ItemLabel>
      <DataList.ItemValue className="sg-long">{value}</DataList.ItemValue>
    </DataList.Item>
  );
  return (
    <Surface>
      <Group justify="space-between" mb="sm">
        <Text fw={600} className="sg-long">
          {c.name}
        </Text>
        <CertificateState row={c} />
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing={{ base: 4, md: 'xl' }}>
        <DataList labelWidth={130}>
          {item('kind', t(`certificateKind.${c.kind}`))}
          {item('technology', t(`technology.${c.technology}`))}
          {item('addresses', c.addresses.join(', ') || '–')}
          {item('usage', c.usage.map((use) => t(`usage.${use}`)).join(', '))}
          {item('algorithm', c.algorithm)}
        </DataList>
        <DataList labelWidth={130}>
          {item('from', dayOf(c.notBeforeMs, i18n.language))}
          {item(
            'until',
            c.notAfterMs === null ? t('certificates.noEnd') : dayOf(c.notAfterMs, i18n.language),
          )}
          {item('issuer', c.issuer || '–')}
          {item('trust', t(`trust.${c.trust}`))}
          {item('origin', t(`origin.${c.origin}`))}
        </DataList>
      </SimpleGrid>
      <DataList labelWidth={130} mt="xs">
        {item('subject', c.subject)}
        {c.serial !== '' && item('serial', <code>{c.serial}</code>)}
        {item('fingerprint', <code>{inGroups(c.fingerprint)}</code>)}
        {c.revokedAtMs !== null &&
          item(
            'revokedAt',
            `${fullTime(c.revokedAtMs, i18n.language)} (${t(`revocation.${c.revocationReason}`, c.revocationReason)})`,
          )}
      </DataList>
    </Surface>
  );
}

function Chain({ certificate }: { certificate: CertificateDetail }) {
  const { t } = useTranslation();
  return (
    <Surface title={t('certificate.chain')}>
      <List type="ordered" size="sm" spacing={4}>
        {certificate.chain.map((link) => {
          const [technology = '', fingerprint = ''] = link.id?.split('/') ?? [];
          return (
            <List.Item key={link.id ?? link.name}>
              {link.id === null || link.id === certificate.id ? (
                link.name
              ) : (
                <Link to="/certificates/$technology/$fingerprint" params={{ technology, fingerprint }}>
                  {link.name}
                </Link>
              )}
            </List.Item>
          );
        })}
      </List>
    </Surface>
  );
}

function History({ certificate }: { certificate: CertificateDetail }) {
  const { t, i18n } = useTranslation();
  return (
    <Surface title={t('certificate.history')}>
      <Stack gap="xs">
        {certificate.history.map((event) => (
          <div key={event.position}>
            <Text size="sm" fw={600}>
              {t(`event.${event.kind}`, event.kind)}
            </Text>
            <Text size="xs" c="dimmed" className="sg-long">
              {fullTime(event.atMs, i18n.language)} · {event.actor}
              {event.reason !== '' && ` · ${event.reason}`}
            </Text>
          </div>
        ))}
        {certificate.history.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('certificate.noHistory')}
          </Text>
        )}
      </Stack>
    </Surface>
  );
}
