/** A mail of the mailbox as its reader sees it: the text, and what protected it on its way. */
import { Paper, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MailboxMail } from '../../api/types.ts';
import { Mark, type Tone } from '../../parts/mark.tsx';

type Reading = MailboxMail['reading'];

const SIGNATURE: Record<Reading['signature'], Tone> = { valid: 'good', 'not-verified': 'bad', none: 'none' };
const ENCRYPTION: Record<Reading['encryption'], Tone> = {
  opened: 'good',
  'not-opened': 'calm',
  none: 'none',
};

export function ReadingView({ reading, byPartner }: { reading: Reading; byPartner: boolean }) {
  const { t } = useTranslation();
  const isProtected = reading.encryption !== 'none' || reading.signature !== 'none';
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {t(byPartner ? 'mailbox.reading.partner' : 'mailbox.reading.recipient')}
      </Text>
      <Paper withBorder radius="md" p="md" className="sg-letter">
        <Stack gap="sm">
          {isProtected && (
            <Stack gap={4}>
              <Mark tone={ENCRYPTION[reading.encryption]}>
                {t(`verdict.encryption.${reading.encryption}`)}
              </Mark>
              {reading.encryption !== 'not-opened' && (
                <Mark tone={SIGNATURE[reading.signature]}>{t(`verdict.signature.${reading.signature}`)}</Mark>
              )}
              {reading.problem !== null && <Text size="sm">{t(`verdict.problem.${reading.problem}`)}</Text>}
              {reading.signerAddress !== '' && (
                <Text size="sm" className="sg-long">
                  {t('mailbox.reading.signer', { address: reading.signerAddress })}
                  {reading.signerIssuer !== '' &&
                    ` ${t('mailbox.reading.issuer', { issuer: reading.signerIssuer })}`}
                </Text>
              )}
              {reading.algorithms.length > 0 && (
                <Text size="xs" c="dimmed" className="sg-long">
                  {reading.algorithms.join(' · ')}
                </Text>
              )}
            </Stack>
          )}
          <Text className="sg-long" style={{ whiteSpace: 'pre-wrap' }}>
            {textOf(reading, t)}
          </Text>
        </Stack>
      </Paper>
    </Stack>
  );
}

function textOf(reading: Reading, t: (key: string) => string): string {
  if (reading.encryption === 'not-opened') return t('mailbox.reading.closed');
  return reading.text.trim() === '' ? t('mailbox.reading.none') : reading.text.trim();
}
