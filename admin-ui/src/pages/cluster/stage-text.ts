/** What a replacement waits for, in one sentence. */
import type { TFunction } from 'i18next';
import type { ReplacementStage } from '../../api/types.ts';

/** `name`: the member that goes. */
export function stageText(now: ReplacementStage, name: string, t: TFunction): string {
  switch (now.stage) {
    case 'token':
      return t(`cluster.replace.now.${now.joins}`);
    case 'starts':
      return t('cluster.replace.now.starts', { name: now.name });
    case 'catches-up':
      return now.behind === null
        ? t('cluster.replace.now.catchesUp', { name: now.name })
        : t('cluster.replace.now.behind', { name: now.name, count: now.behind });
    case 'remove':
      return t('cluster.replace.now.remove', { name });
    case 'votes':
      if (now.waitsFor !== '') return now.waitsFor;
      return t('cluster.replace.now.votes', { there: now.there, count: now.count });
    case 'done':
      return t('cluster.replace.done', { name });
  }
}
