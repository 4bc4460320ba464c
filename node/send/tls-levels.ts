/**
 * TLS options of each level of a route, made once: building a context parses the trust anchors every time.
 */
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext, getCACertificates } from 'node:tls';
import type { TlsLevel } from './routes.ts';

/** For opportunistic TLS anything is better than clear text. Elsewhere TLS 1.2 with AEAD and 1.3 (targets.md). */
const LEGACY = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
const MODERN = {
  minVersion: 'TLSv1.2',
  ciphers:
    'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM',
} as const;

export type TlsOptionsOf = (level: TlsLevel) => ConnectionOptions;

/** `caFile`: PEM trust anchors for `verified`, beside the built-in ones. Throws when it cannot be read. */
export function tlsLevels(caFile: string | null): TlsOptionsOf {
  const own = caFile === null ? [] : [readFileSync(caFile, 'utf8')];
  const made = new Map<TlsLevel, ConnectionOptions>();

  function make(level: TlsLevel): ConnectionOptions {
    if (level === 'none') return {};
    if (level === 'opportunistic')
      return { secureContext: createSecureContext(LEGACY), rejectUnauthorized: false };
    if (level === 'mandatory')
      return { secureContext: createSecureContext(MODERN), rejectUnauthorized: false };
    const ca = [...getCACertificates('default'), ...own];
    return { secureContext: createSecureContext({ ...MODERN, ca }), rejectUnauthorized: true };
  }

  return (level) => {
    const options = made.get(level) ?? make(level);
    made.set(level, options);
    return options;
  };
}
