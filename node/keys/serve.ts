/**
 * Serves a port of the `keys` process on its socket: checks each request's shape, then hands it on.
 *
 * A request of the wrong shape is refused with `malformed` and without a word of its content.
 */
import type { ZodType } from 'zod';
import { type IpcServer, ipcServer } from '#node/ipc/server.ts';
import type { Log } from '#node/log.ts';
import { KeysError } from './keys-error.ts';

type Calls = Readonly<Record<string, (request: never) => Promise<unknown>>>;

/** `requests` has the shape of every method of the port. */
export function serveKeys<Port extends { readonly [Method in keyof Port]: Calls[string] }>(
  socketPath: string,
  port: Port,
  requests: Readonly<Record<keyof Port, ZodType>>,
  log: Log,
): Promise<IpcServer> {
  const calls: Record<string, (request: unknown) => Promise<unknown>> = {};
  for (const method of Object.keys(requests) as (keyof Port & string)[]) {
    const serve = port[method] as unknown as (request: unknown) => Promise<unknown>;
    calls[method] = async (request) => {
      const checked = requests[method].safeParse(request);
      if (!checked.success) {
        const fields = checked.error.issues.map((issue) => issue.path.join('.')).join(', ');
        throw new KeysError('malformed', `${method}: wrong ${fields || 'request'}`);
      }
      return serve(checked.data);
    };
  }
  return ipcServer(socketPath, {
    calls,
    // The error's text may quote what it failed on: only its kind and place are logged.
    onFault: (error, method) =>
      log.error({ method, fault: (error as Error).name, at: placeOf(error) }, 'fault'),
  });
}

/** The first lines of the stack without the message. */
function placeOf(error: unknown): string[] {
  const lines = ((error as Error).stack ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('at ')).slice(0, 3);
}
