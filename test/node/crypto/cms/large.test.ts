/**
 * S7: 50 MB with flat memory, each way through CMS, measured in a child.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { People } from './people.ts';

const MB = 1024 * 1024;
/** P13: idle + 150 MB per process. V8 collects pieces outside its heap only when they are 64 MB. */
const GROWN_BYTES_MAX = 128 * MB;
/** P13 asks for 1.1 of the peak of a whole process; this is only the growth, and noisier. */
const TWICE_THE_SIZE_RATIO_MAX = 1.3;

const people = new People();
const child = fileURLToPath(new URL('large.child.ts', import.meta.url));

function grownBy(sizeBytes: number, cipher: string): number {
  const { keyPem } = people.person('rsa-2048');
  people.openssl('x509 -in rsa-2048.pem -outform DER -out large.der');
  const args = [child, keyPem, people.path('large.der'), String(sizeBytes), cipher];
  const result = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  assert.equal(result.right, true);
  assert.equal(result.contentBytes, sizeBytes);
  assert.ok(result.grownBytes < GROWN_BYTES_MAX, `grew by ${result.grownBytes} octets`);
  return result.grownBytes;
}

describe('a message of 50 MB', () => {
  it('flows through signing, verifying, encrypting and decrypting; 100 MB take no more', () => {
    const ratio = grownBy(100 * MB, 'aes-256-cbc') / grownBy(50 * MB, 'aes-256-cbc');
    assert.ok(ratio < TWICE_THE_SIZE_RATIO_MAX, `${ratio} times the growth for twice the size`);
  });

  it('flows in GCM, too, where nothing is released before the tag is right', () => {
    grownBy(50 * MB, 'aes-256-gcm');
  });
});
