/** A CA and server certificates for tests, made by openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

export interface TestCa {
  readonly caFile: string;
  /** `names` as openssl writes them: `IP:127.0.0.1`, `DNS:mx.example`. */
  server(names: string, options?: SecureContextOptions): SecureContext;
  remove(): void;
}

export function testCa(): TestCa {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-ca-'));
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...curve, '-subj', '/CN=Test CA', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  let serial = 0;
  return {
    caFile: at('ca.pem'),
    server(names, options = {}) {
      const name = `server${++serial}`;
      openssl(
        'req',
        ...curve.slice(0, -2),
        '-subj',
        '/CN=server',
        '-keyout',
        at(`${name}.key`),
        '-out',
        at('csr'),
      );
      writeFileSync(at('ext'), `subjectAltName=${names}`);
      const issue = [
        '-CA',
        at('ca.pem'),
        '-CAkey',
        at('ca.key'),
        '-set_serial',
        String(serial),
        '-days',
        '2',
      ];
      openssl('x509', '-req', '-in', at('csr'), ...issue, '-extfile', at('ext'), '-out', at(`${name}.pem`));
      const [key, cert] = [readFileSync(at(`${name}.key`)), readFileSync(at(`${name}.pem`))];
      return createSecureContext({ key, cert, ...options });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
