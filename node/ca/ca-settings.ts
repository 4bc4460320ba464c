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
    crlUrl: crlUrl ?? `http://${settings.hostname}${portOf(settings)}/crl/internal.crl`,
  };
}

const HTTP_PORT = 80;

/** Where this gateway serves it itself. Behind a port forward that is port 80, as for whoever sets none. */
function portOf({ web: { crl } }: Settings): string {
  return !crl || crl.port === HTTP_PORT ? '' : `:${crl.port}`;
}
