/** A partner's side made by OpenSSL: a CA with a CRL, people's certificates, PKCS#12 files, signed and encrypted mails. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface MailAuthority {
  readonly folder: string;
  /** Path of a file of the folder. */
  at(name: string): string;
  /** `<name>.key`, `<name>.pem` and `<name>.p12` (password `bench`). */
  person(name: string, address: string, bits: number): void;
  run(...args: string[]): Buffer;
  remove(): void;
}

const CONFIG = (address: string): string => `[req]
distinguished_name=dn
prompt=no
[dn]
CN=${address}
[mail]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=emailProtection
subjectAltName=email:${address}
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
`;

export const PKCS12_PASSWORD = 'bench';
const DAYS = '30';

export function mailAuthority(): MailAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-bench-ca-'));
  chmodSync(folder, 0o755); // The filter runs as nobody.
  const at = (name: string): string => join(folder, name);
  const run = (...args: string[]): Buffer =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const key = (name: string, bits: number): void => {
    run('genrsa', '-out', `${name}.key`, String(bits));
    chmodSync(at(`${name}.key`), 0o644);
  };
  writeFileSync(at('ca.cnf'), CONFIG('Bench CA'));
  key('ca', 2048);
  run(...'req -x509 -new -key ca.key -out ca.pem -config ca.cnf -extensions ca -days'.split(' '), DAYS);
  return {
    folder,
    at,
    run,
    person(name, address, bits) {
      writeFileSync(at(`${name}.cnf`), CONFIG(address));
      key(name, bits);
      run('req', '-new', '-key', `${name}.key`, '-out', `${name}.csr`, '-config', `${name}.cnf`);
      const issue = '-req -CA ca.pem -CAkey ca.key -CAcreateserial -extensions mail -days';
      run(
        'x509',
        ...issue.split(' '),
        DAYS,
        '-extfile',
        `${name}.cnf`,
        '-in',
        `${name}.csr`,
        '-out',
        `${name}.pem`,
      );
      run(
        ...`pkcs12 -export -inkey ${name}.key -in ${name}.pem -certfile ca.pem -out ${name}.p12 -passout`.split(
          ' ',
        ),
        `pass:${PKCS12_PASSWORD}`,
      );
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
