/**
 * What this gateway was certified by the CAs of gateways that are retired: `cluster/former/<CA>.crt`. It is shown to who
 * trusts nothing newer, so that one that was removed while it was away learns from us, and from nobody else, that it
 * was. Nobody is let in by it: what a retired CA has issued to a client counts nowhere.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '#node/config/layout.ts';
import { authoritiesIn, issuerAmong, nameOfAuthority } from '#node/peer/trusted-authorities.ts';
import { readIfThere, writeDurable } from './durable-json.ts';
import { authorityFile, certificateFile } from './node-certificates.ts';

const END = '.crt';

const folderOf = (cluster: string): string => join(cluster, 'former');

/** Before another one takes its place: keeps the certificate of this gateway when its CA is not `issuer`. */
export function keepFormer(cluster: string, issuer: X509Certificate): void {
  const pem = readIfThere(certificateFile(cluster, 'gateway'));
  const trusted = readIfThere(authorityFile(cluster, 'gateway')) ?? '';
  const former = pem === null ? null : issuerAmong(trusted, new X509Certificate(pem));
  if (pem === null || former === null || former.raw.equals(issuer.raw)) return;
  mkdirSync(folderOf(cluster), { recursive: true, mode: 0o700 });
  writeDurable(join(folderOf(cluster), `${nameOfAuthority(former)}${END}`), pem + former.toString());
}

/** By the server name that asks for it: certificate and its CA, PEM. */
export function formerCertificates({ cluster }: Pick<Layout, 'cluster'>): ReadonlyMap<string, string> {
  const folder = folderOf(cluster);
  const trusted = authoritiesIn(readIfThere(authorityFile(cluster, 'gateway')) ?? '').map(nameOfAuthority);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(END)) : [];
  const former = names.map((name) => name.slice(0, -END.length)).filter((name) => !trusted.includes(name));
  return new Map(former.map((name) => [name, readIfThere(join(folder, `${name}${END}`)) ?? '']));
}
