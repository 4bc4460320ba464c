/** Where an etcd of the operator's own is. */
import type { Settings } from '#node/config/settings.ts';

export type ExternalSettings = NonNullable<Settings['cluster']['external']>;

/** For people. */
export const whereOf = ({ endpoints, prefix }: ExternalSettings): string =>
  `external etcd ${endpoints.join(', ')}, prefix ${prefix}`;
