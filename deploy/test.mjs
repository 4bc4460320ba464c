/**
 * `npm test`: installs what the tests need (Debian packages, npm packages), then runs the whole check.
 *
 * The packages start no service here: `policy-rc.d` refuses it while they are installed, and is put back as it was.
 * etcd's service is masked before, or it would start with the next boot.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { ensureInstalled, ensurePageBuilt, node24, ROOT } from './prepare.mjs';

/** Debian package → a program that shows it is there. */
const PACKAGES = {
  openssl: 'openssl',
  gnupg: 'gpg',
  gpgsm: 'gpgsm',
  'gpg-agent': 'gpg-agent',
  gnupg1: 'gpg1',
  sq: 'sq',
  'libnss3-tools': 'certutil',
  postfix: '/usr/sbin/postfix',
  swaks: 'swaks',
  chromium: 'chromium',
  strace: 'strace',
  e2fsprogs: '/sbin/mke2fs',
  'etcd-server': '/usr/bin/etcd',
  qpdf: 'qpdf',
  'poppler-utils': 'pdftotext',
  'mupdf-tools': 'mutool',
};

function found(program) {
  if (program.startsWith('/')) return existsSync(program);
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

/** What `systemctl mask` does, also where systemd is not there. A unit that somebody has made their own stays. */
function maskEtcd() {
  const unit = '/etc/systemd/system/etcd.service';
  mkdirSync('/etc/systemd/system', { recursive: true });
  if (!existsSync(unit)) symlinkSync('/dev/null', unit);
}

function install(packages) {
  if (packages.includes('etcd-server')) maskEtcd();
  const policy = '/usr/sbin/policy-rc.d';
  const before = existsSync(policy);
  if (before) renameSync(policy, `${policy}.before-sealgate`);
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { stdio: ['ignore', 'ignore', 'inherit'], env };
    spawnSync('apt-get', ['update', '-q'], options);
    const done = spawnSync(
      'apt-get',
      ['install', '-q', '-y', '--no-install-recommends', ...packages],
      options,
    );
    if (done.status !== 0) throw new Error(`apt-get install ${packages.join(' ')} failed`);
    if (packages.includes('etcd-server')) spawnSync('update-rc.d', ['etcd', 'disable'], { stdio: 'ignore' });
  } finally {
    rmSync(policy, { force: true });
    if (before) renameSync(`${policy}.before-sealgate`, policy);
  }
}

const missing = Object.entries(PACKAGES)
  .filter(([, program]) => !found(program))
  .map(([name]) => name);
if (missing.length > 0) {
  const debian = existsSync('/etc/debian_version') && process.getuid() === 0;
  if (!debian) {
    console.error(
      `The tests need these Debian packages: ${missing.join(' ')}. Install them, or run as root on Debian.`,
    );
    process.exit(1);
  }
  console.error(`Installing Debian packages for the tests: ${missing.join(' ')} …`);
  install(missing);
}
ensureInstalled({ withTools: true });
ensurePageBuilt();
const files = process.argv.slice(2);
const result = spawnSync(node24(), ['test/check.ts', ...files], { cwd: ROOT, stdio: 'inherit' });
process.exitCode = result.status ?? 1;
