/** Boundaries of the multiparts that we make: 128 random bits, which no content holds by chance or on purpose. */
import { randomBytes } from 'node:crypto';

export function newBoundary(): string {
  return `=_${randomBytes(16).toString('hex')}`;
}
