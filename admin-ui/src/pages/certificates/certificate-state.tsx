/** The state of a certificate or key in one word: may it be used, and if not, what is missing. */
import { useTranslation } from 'react-i18next';
import type { CertificateRow } from '../../api/types.ts';
import { Mark, type Tone } from '../../parts/mark.tsx';

type State = 'revoked' | 'expired' | 'distrusted' | 'undecided' | 'notUsable' | 'usable';

const TONES: Record<State, Tone> = {
  revoked: 'bad',
  expired: 'none',
  distrusted: 'bad',
  undecided: 'warn',
  notUsable: 'warn',
  usable: 'good',
};

function stateOf(row: CertificateRow, nowMs: number): State {
  if (row.revoked) return 'revoked';
  if (row.notAfterMs !== null && row.notAfterMs < nowMs) return 'expired';
  if (row.trust === 'distrusted') return 'distrusted';
  if (row.usable) return 'usable';
  return row.trust === 'undecided' ? 'undecided' : 'notUsable';
}

export function CertificateState({ row }: { row: CertificateRow }) {
  const { t } = useTranslation();
  const state = stateOf(row, Date.now());
  return <Mark tone={TONES[state]}>{t(`certificateState.${state}`)}</Mark>;
}
