/**
 * Sizes of pages. The small one is A5: a telephone shows its text about as large as an app's.
 */
import type { PageFormat } from './layout/page-flow.ts';

export const PAGE_FORMATS: Readonly<Record<'phone' | 'a4', PageFormat>> = {
  phone: { width: 419.53, height: 595.28, margin: { top: 34, right: 30, bottom: 44, left: 30 } },
  a4: { width: 595.28, height: 841.89, margin: { top: 54, right: 62, bottom: 62, left: 62 } },
};
