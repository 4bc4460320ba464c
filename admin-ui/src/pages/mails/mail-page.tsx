/** One mail: its way down the line, stage by stage, with the reason for each decision. */
import { Anchor, DataList, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconMailOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import type { MailTrace } from '../../api/types.ts';
import { Mark } from '../../parts/mark.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Surface } from '../../parts/surface.tsx';
import { Teaching } from '../../parts/teaching.tsx';
import { bytesText, fullTime } from '../../parts/time.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { HeldCards } from './held-card.tsx';
import { gatewayWords, STATE_TONES } from './mail-line.tsx';
import { Attempts, RecipientCard } from './recipient-card.tsx';
import { SilentNotice } from './silent-notice.tsx';
import { StageLine } from './stage-line.tsx';
import { VerdictCard } from './verdict-card.tsx';
import './mail.css';

const REFRESH_MS = 3_000;
const route = getRouteApi('/mails/$spoolId');

export function MailPage() {
  const { t } = useTranslation();
  const { spoolId } = route.useParams();
  const query = useQuery({
    queryKey: ['mail', spoolId],
    queryFn: () => api.mails.get.query({ spoolId }),
    // While it is on its way, the page follows it.
    refetchInterval: ({ state }) =>
      state.data?.mail?.state === 'in-line' || state.data?.mail?.state === 'sending' ? REFRESH_MS : false,
  });
  return (
    <>
      <PageHead
        title={t('mail.title')}
        lead={<Anchor renderRoot={(props) => <Link to="/mails" {...props} />}>← {t('mail.back')}</Anchor>}
      />
      <Waiting query={query}>
        {({ mail, silent }) => (
          <Stack gap="lg">
            <SilentNotice silent={silent} />
            {mail === null ? (
              <Teaching icon={<IconMailOff />} title={t('mail.unknown.title')}>
                {t('mail.unknown.text')}
              </Teaching>
            ) : (
              <MailStory mail={mail} />
            )}
          </Stack>
        )}
      </Waiting>
    </>
  );
}

function MailStory({ mail }: { mail: MailTrace }) {
  const { t } = useTranslation();
  const { decision } = mail;
  return (
    <Stack gap="lg">
      <Facts mail={mail} />
      <StageLine mail={mail} />
      {mail.state === 'held' && <HeldCards spoolId={mail.spoolId} />}
      {decision !== null && (
        <>
          <VerdictCard verdict={decision.verdict} />
          <Stack gap="md">
            {decision.recipients.map((recipient) => (
              <RecipientCard key={recipient.recipient} trace={recipient} />
            ))}
          </Stack>
          {mail.reports.map((report) => (
            <Surface key={report.queueId} title={t('mail.report', { to: report.recipients.join(', ') })}>
              <Attempts attempts={report.attempts} />
            </Surface>
          ))}
          <Text size="sm" c="dimmed">
            {t('mail.position', { position: decision.position, rules: decision.ruleBookPosition })}
          </Text>
        </>
      )}
    </Stack>
  );
}

function Facts({ mail }: { mail: MailTrace }) {
  const { t, i18n } = useTranslation();
  const { session } = mail;
  const item = (label: string, value: React.ReactNode) => (
    <DataList.Item>
      <DataList.ItemLabel>{label}</DataList.ItemLabel>
      <DataList.ItemValue className="sg-long">{value}</DataList.ItemValue>
    </DataList.Item>
  );
  return (
    <Surface>
      <Group justify="space-between" mb="sm">
        <Text fw={600} className="sg-long">
          {mail.sender ?? t('mails.nullSender')} → {mail.recipients.join(', ')}
        </Text>
        <Mark tone={STATE_TONES[mail.state]}>{t(`mailState.${mail.state}`)}</Mark>
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={{ base: 4, sm: 'xl' }}>
        <DataList labelWidth={140}>
          {item(t('mail.received'), fullTime(mail.atMs, i18n.language))}
          {item(t('mail.size'), bytesText(mail.sizeBytes, i18n.language))}
          {session && item(t('mail.listener'), `${session.listener} (${t(`zoneShort.${session.zone}`)})`)}
        </DataList>
        <DataList labelWidth={140}>
          {session && item(t('mail.peer'), `${session.peerAddress} (${session.helo})`)}
          {session && item(t('mail.tls'), session.tls === '' ? t('mail.noTls') : session.tls)}
          {item(t('mail.id'), <code>{mail.spoolId}</code>)}
          {mail.gateways.length > 0 && item(t('mail.gateway'), gatewayWords(mail, t).join(', '))}
        </DataList>
      </SimpleGrid>
    </Surface>
  );
}
