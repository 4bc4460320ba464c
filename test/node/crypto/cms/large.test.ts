/**
 * S7: 50 MB with flat memory, each way through CMS, measured in a child.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { People } from './people.ts';

const MB = 1024 * 1024;
/** Whatever the size: 20 to 30 MB are usual. A mail that was kept whole in one step would show. */
const GROWN_BYTES_MAX = 64 * MB;

const people = new People();
const child = fileURLToPath(new URL('large.child.ts', import.meta.url));

function assertFlat(sizeBytes: number, cipher: string): void {
  const { keyPem } = people.person('rsa-2048');
  people.openssl('x509 -in rsa-2048.pem -outform DER -out large.der');
  const args = [child, keyPem, people.path('large.der'), String(sizeBytes), cipher];
  const result = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  assert.equal(result.right, true);
  assert.equal(result.contentBytes, sizeBytes);
  assert.ok(result.grownBytes < GROWN_BYTES_MAX, `grew by ${result.grownBytes} octets`);
}

describe('a message of 50 MB', () => {
  it('flows through signing, verifying, encrypting and decrypting; 100 MB take no more', () => {
    for (const sizeMb of [50, 100]) assertFlat(sizeMb * MB, 'aes-256-cbc');
  });

  it('flows in GCM, too, where nothing is released before the tag is right', () => {
    assertFlat(50 * MB, 'aes-256-gcm');
  });
});
