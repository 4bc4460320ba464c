/**
 * Headers of every answer of the management: nothing from outside is loaded, nothing inline is run, nobody frames it.
 */
import { randomBytes } from 'node:crypto';

const NONCE_BYTES = 16;
const HSTS_SECONDS = 365 * 86_400;

/** For the page's own style elements (its component library makes some); scripts are files of ours only. */
export function styleNonce(): string {
  return randomBytes(NONCE_BYTES).toString('base64url');
}

export function securityHeaders(tls: boolean, nonce: string | null): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${nonce === null ? '' : ` 'nonce-${nonce}'`}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    ...(tls ? { 'strict-transport-security': `max-age=${HSTS_SECONDS}` } : {}),
  };
}
