/**
 * What other processes may ask of the `fetch` process: octets from an address that a stranger may have chosen.
 *
 * Shape:  URL → body, undecoded and unverified; the caller checks every signature.
 * Units:  `timeoutMs` for the whole transfer; `bytesMax` octets of body, inclusive.
 * Errors: never rejects for the network's sake. `timeout` and `failed` may be tried again; `refused` (scheme, private
 *         address, redirect) and `too-large` need an operator.
 */
export type FetchEnd =
  | { readonly kind: 'ok'; readonly bytes: Uint8Array; readonly mediaType: string }
  | { readonly kind: 'timeout' | 'failed' | 'refused' | 'too-large'; readonly detail: string };

export interface FetchPort {
  get(request: { url: string; timeoutMs: number; bytesMax: number }): Promise<FetchEnd>;
  /** To an address of the operator's; no redirect is followed, any 2xx is `ok`. Header names in lower case. */
  post(request: {
    url: string;
    timeoutMs: number;
    bytesMax: number;
    body: Uint8Array;
    headers: Readonly<Record<string, string>>;
  }): Promise<FetchEnd>;
}
