/** How far a gateway is with giving away its mails, in one sentence. */
import type { TFunction } from 'i18next';
import type { DrainState } from '../../api/types.ts';

export function drainText({ left, handedOver, waitsFor }: DrainState, t: TFunction): string {
  const far = t('cluster.drain.left', { count: left, handedOver });
  return waitsFor === '' ? far : `${far} (${waitsFor})`;
}
