/**
 * Hands a made password to an external messenger (SMS, letter) by a signed request, through the `fetch` process.
 *
 * The request: POST, JSON; `Sealgate-Timestamp` (seconds since 1970), `Sealgate-Order` (the same for the same password,
 * so that a repeated order is known) and `Sealgate-Signature`, Ed25519 over `timestamp.order.body`, base64url. Only a
 * 2xx answer counts. docs/pdfmail.md is the messenger's side.
 */
import type { Language } from '#domain/people/mail-domain.ts';
import type { FetchPort } from '#node/fetch/port.ts';
import type { KeysPort } from '#node/keys/port.ts';

const TIMEOUT_MS = 10_000; // A mail waits for it; a slow messenger gets it again later.
const ANSWER_BYTES_MAX = 4096; // Nobody reads it.

export interface MessengerOrder {
  /** Of the event that carries the password: stream and version. */
  readonly order: string;
  readonly sender: string;
  readonly recipient: string;
  readonly password: string;
  readonly language: Language;
}

export type HandOver = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly detail: string };

export async function handOver(
  ports: { readonly fetch: Pick<FetchPort, 'post'>; readonly keys: Pick<KeysPort, 'signOrder'> },
  url: string,
  given: MessengerOrder,
  nowMs: number,
): Promise<HandOver> {
  const { order, ...rest } = given;
  const body = Buffer.from(JSON.stringify({ v: 1, order, ...rest }), 'utf8');
  const timestamp = String(Math.floor(nowMs / 1000));
  const data = Buffer.concat([Buffer.from(`${timestamp}.${order}.`, 'utf8'), body]);
  const { signature } = await ports.keys.signOrder({ data });
  const answer = await ports.fetch.post({
    url,
    timeoutMs: TIMEOUT_MS,
    bytesMax: ANSWER_BYTES_MAX,
    body,
    headers: {
      'content-type': 'application/json',
      'sealgate-timestamp': timestamp,
      'sealgate-order': order,
      'sealgate-signature': Buffer.from(signature).toString('base64url'),
    },
  });
  return answer.kind === 'ok'
    ? { kind: 'done' }
    : { kind: 'failed', detail: `${answer.kind}: ${answer.detail}` };
}
