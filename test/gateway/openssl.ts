/** The partner's side: keys and mails made and read by the real OpenSSL, in a folder of its own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OpensslPartner {
  readonly folder: string;
  readonly address: string;
  readonly certificate: Buffer;
  /** Runs `openssl …` in the folder; gives its standard output. Throws with its standard error. */
  run(args: readonly string[], input?: Buffer | string): Buffer;
  file(name: string, content?: Buffer | string): string;
  remove(): void;
}

const CONFIG = `
[req]
distinguished_name=dn
x509_extensions=mail
prompt=no
[dn]
CN=Partner
[mail]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=emailProtection
`;

/** A partner with a self-signed RSA certificate for the address. */
export function opensslPartner(address: string, days = 30): OpensslPartner {
  const folder = mkdtempSync(join(tmpdir(), 'sealgate-partner-'));
  const file = (name: string, content?: Buffer | string): string => {
    const path = join(folder, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  };
  const run = (args: readonly string[], input?: Buffer | string): Buffer =>
    execFileSync('openssl', [...args], {
      cwd: folder,
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 256 * 1024 * 1024,
    });
  file('config', `${CONFIG}subjectAltName=email:${address}\n`);
  run([
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    '-days',
    String(days),
    '-config',
    'config',
  ]);
  return {
    folder,
    address,
    certificate: readFileSync(join(folder, 'cert.pem')),
    run,
    file,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
