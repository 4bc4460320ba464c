/**
 * The command line's way to the running gateway: the same procedures as the page's, over its local socket.
 *
 * Whoever may open the socket owns the gateway's files anyway, so there is no sign-in. Errors: `CommandFailed` with the
 * refusal's text for people; `CommandFailed` that says so when no gateway runs here.
 */
import { request } from 'node:http';
import type { Layout } from '#node/config/layout.ts';
import { REQUEST_HEADER } from '#node/web/request-guard.ts';

/** Ends the command with exit code 1 and this text. */
export class CommandFailed extends Error {}

export function noGateway(layout: Layout): CommandFailed {
  return new CommandFailed(
    `No gateway answers in ${layout.root}. Is it started (sealgate start), and is this its data folder?`,
  );
}

export interface AdminClient {
  query<T>(procedure: string, input?: unknown): Promise<T>;
  change<T>(procedure: string, input: unknown): Promise<T>;
}

export function adminClient(layout: Layout): AdminClient {
  const call = <T>(method: 'GET' | 'POST', path: string, body: string | null): Promise<T> =>
    new Promise((resolve, reject) => {
      const headers = {
        [REQUEST_HEADER]: 'cli',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      };
      const outgoing = request({ socketPath: layout.webSocket, method, path, headers }, (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('end', () => {
          try {
            resolve(resultOf<T>(JSON.parse(Buffer.concat(pieces).toString('utf8'))));
          } catch (error) {
            const known = error instanceof CommandFailed;
            reject(
              known ? error : new CommandFailed(`What answers on ${layout.webSocket} is not understood.`),
            );
          }
        });
      });
      outgoing.on('error', () => {
        reject(noGateway(layout));
      });
      outgoing.end(body ?? undefined);
    });
  return {
    query: (procedure, input) => {
      const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
      return call('GET', `/trpc/${procedure}${search}`, null);
    },
    change: (procedure, input) => {
      const body = JSON.stringify(input);
      return call('POST', `/trpc/${procedure}`, body);
    },
  };
}

interface Answer {
  readonly result?: { readonly data: unknown };
  readonly error?: {
    readonly message: string;
    readonly data?: { readonly invalid?: readonly { field: string; message: string }[] | null };
  };
}

function resultOf<T>(answer: Answer): T {
  if (answer.result) return answer.result.data as T;
  const invalid = answer.error?.data?.invalid?.map((i) => `${i.field}: ${i.message}`).join('; ');
  throw new CommandFailed(invalid || answer.error?.message || 'the gateway gave no answer');
}
