/** Certification authorities for etcd's clients and members, and what they issue, made by OpenSSL in a folder of their own. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientCredentials } from '#consensus/etcd/endpoint.ts';

const DAYS = '2';

export class TestAuthority {
  readonly certificate: string;
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.certificate = join(folder, `${name}.crt`);
    this.#request(name, [
      ...['-subj', `/CN=${name}`],
      ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ]);
  }

  /** For a listener, or a member: loopback by name and by address, no common name. Gives the paths. */
  issueServer(name: string): { certificate: string; key: string } {
    return this.#issue(name, '/O=Sealgate', 'serverAuth,clientAuth', 'DNS:localhost,IP:127.0.0.1');
  }

  /** For a client of this name, to be used with servers that another authority may have issued. */
  credentials(commonName: string, servers: TestAuthority = this): ClientCredentials {
    const { certificate, key } = this.#issue(`client-${commonName}`, `/CN=${commonName}`, 'clientAuth');
    return {
      ca: readFileSync(servers.certificate, 'utf8'),
      certificate: readFileSync(certificate, 'utf8'),
      key: readFileSync(key, 'utf8'),
    };
  }

  #issue(name: string, subject: string, usage: string, names?: string): { certificate: string; key: string } {
    const file = `${this.#name}-${name}`;
    this.#request(file, [
      ...['-CA', `${this.#name}.crt`, '-CAkey', `${this.#name}.key`, '-subj', subject],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `extendedKeyUsage=${usage}`],
      ...(names ? ['-addext', `subjectAltName=${names}`] : []),
    ]);
    return { certificate: join(this.#folder, `${file}.crt`), key: join(this.#folder, `${file}.key`) };
  }

  #request(file: string, options: readonly string[]): void {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${file}.key`];
    execFileSync('openssl', ['req', '-x509', ...key, '-days', DAYS, '-out', `${file}.crt`, ...options], {
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
}
