/** A browser's side of the management's API, as far as a test needs it: calls, cookie, headers. */
export interface WebAnswer {
  readonly status: number;
  readonly data: unknown;
  readonly error: { message: string; data: { code: string; refusal: string | null } } | null;
  readonly headers: Headers;
}

export interface WebClient {
  query(procedure: string, input?: unknown): Promise<WebAnswer>;
  mutate(procedure: string, input?: unknown, headers?: Record<string, string>): Promise<WebAnswer>;
  signIn(name: string, password: string): Promise<WebAnswer>;
  cookie: string;
}

export function webClient(url: string): WebClient {
  const own = { 'x-sealgate-request': 'test' };
  const read = async (response: Response): Promise<WebAnswer> => {
    const text = await response.text();
    const body = text.startsWith('{') ? JSON.parse(text) : {};
    return {
      status: response.status,
      data: body.result?.data,
      error: body.error?.data ? body.error : null,
      headers: response.headers,
    };
  };
  const client: WebClient = {
    cookie: '',
    async query(procedure, input) {
      const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
      return read(
        await fetch(`${url}/trpc/${procedure}${query}`, { headers: { ...own, cookie: client.cookie } }),
      );
    },
    async mutate(procedure, input, headers = own) {
      const response = await fetch(`${url}/trpc/${procedure}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', cookie: client.cookie },
        body: JSON.stringify(input ?? {}),
      });
      return read(response);
    },
    async signIn(name, password) {
      const answer = await client.mutate('session.signIn', { name, password });
      const cookie = answer.headers.get('set-cookie')?.split(';')[0];
      if (cookie !== undefined) client.cookie = cookie;
      return answer;
    },
  };
  return client;
}
