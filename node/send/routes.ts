/**
 * The mailer table: which next hop a recipient's domain goes to (features.md M2).
 *
 * The first row that fits overrides DNS; without one the domain's MX decides. Pure.
 */
import { domainToASCII } from 'node:url';
import type { Settings } from '#node/config/settings.ts';

export type TlsLevel = Settings['send']['routes'][number]['tls'];

/** One next hop as the scheduler sees it: mails with the same `key` share connections and limits. */
export interface DestinationSpec {
  readonly key: string;
  /** `mx`: the hosts of `domain` are looked up. */
  readonly way:
    | { readonly kind: 'host'; readonly host: string }
    | { readonly kind: 'mx'; readonly domain: string };
  readonly port: number;
  readonly tls: TlsLevel;
  readonly user: string | null;
  readonly passwordFile: string | null;
}

const SMTP_PORT = 25;

/** The domain of an address in its ASCII form, lower case; the address itself is left as it is. */
export function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  if (domain.startsWith('[')) return domain; // RFC 5321 §4.1.3: address literal
  return domainToASCII(domain) || domain;
}

function fits(pattern: string, domain: string): boolean {
  if (pattern === '*') return true;
  const wanted = pattern.toLowerCase();
  return wanted.startsWith('.') ? domain.endsWith(wanted) : domain === wanted;
}

/**
 * The destination of an address. RFC 8689 §4.2.1: with `requireTls` only an encrypted session with a verified
 * certificate will do, whatever the table says.
 */
export type RouteOf = (address: string, requireTls: boolean) => DestinationSpec;

export function routesBy(rows: Settings['send']['routes']): RouteOf {
  return (address, requireTls) => {
    const domain = domainOf(address);
    const row = rows.find((candidate) => fits(candidate.domain, domain));
    const tls = requireTls ? 'verified' : (row?.tls ?? 'opportunistic');
    if (row === undefined) {
      const way = { kind: 'mx' as const, domain };
      return { key: `mx/${domain}/${tls}`, way, port: SMTP_PORT, tls, user: null, passwordFile: null };
    }
    return {
      key: `${row.host}:${row.port}/${tls}${row.user === undefined ? '' : `/${row.user}`}`,
      way: { kind: 'host', host: row.host },
      port: row.port,
      tls,
      user: row.user ?? null,
      passwordFile: row.passwordFile ?? null,
    };
  };
}
