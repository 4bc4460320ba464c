/** How the own authority is set up, from the machine's settings. */
import type { Settings } from '#node/config/settings.ts';
import { CA_KEYS_DEFAULT, type CaSettings } from './ca-ports.ts';

export function caSettingsOf(settings: Settings): CaSettings {
  const { commonName, organization, country, crlUrl } = settings.ca;
  return {
    ...CA_KEYS_DEFAULT,
    commonName,
    organization,
    country,
    crlUrl: crlUrl ?? `http://${settings.hostname}/crl/internal.crl`,
  };
}
