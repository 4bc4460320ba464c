/** What protected the incoming mail, and whether that held. */
import { List, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../../api/types.ts';
import { Mark, type Tone } from '../../parts/mark.tsx';
import { Surface } from '../../parts/surface.tsx';

const SIGNATURE: Record<Verdict['signature'], Tone> = { valid: 'good', 'not-verified': 'bad', none: 'none' };
const ENCRYPTION: Record<Verdict['encryption'], Tone> = {
  opened: 'good',
  'not-opened': 'warn',
  none: 'none',
};

export function VerdictCard({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation();
  if (verdict.signature === 'none' && verdict.encryption === 'none') return null;
  return (
    <Surface title={t('verdict.title')}>
      <Stack gap="xs">
        <Mark tone={ENCRYPTION[verdict.encryption]}>{t(`verdict.encryption.${verdict.encryption}`)}</Mark>
        <Mark tone={SIGNATURE[verdict.signature]}>{t(`verdict.signature.${verdict.signature}`)}</Mark>
        {verdict.problem !== null && <Text size="sm">{t(`verdict.problem.${verdict.problem}`)}</Text>}
        {verdict.signer !== null && (
          <Text size="sm" className="sg-long">
            {t('verdict.signer', {
              name: verdict.signer.name,
              addresses: verdict.signer.addresses.join(', '),
            })}
          </Text>
        )}
        <List size="sm" spacing={4}>
          {verdict.layers.map((layer, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: layers have no name but their depth, and never change.
            <List.Item key={index}>
              {t(`verdict.layer.${layer.kind}`, {
                technology: t(`technology.${layer.technology}`),
                algorithms: layer.kind === 'compressed' ? '' : layer.algorithms.join(', '),
              })}
              {layer.kind !== 'compressed' && layer.weak.length > 0 && (
                <> — {t('verdict.weak', { algorithms: layer.weak.join(', ') })}</>
              )}
            </List.Item>
          ))}
        </List>
      </Stack>
    </Surface>
  );
}
