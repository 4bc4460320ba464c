/** Serves the desk on its socket: checks each request's shape first; nothing of a request is ever logged. */
import { z } from 'zod';
import { type IpcServer, ipcServer } from '#node/ipc/server.ts';
import type { Log } from '#node/log.ts';
import type { PortalDesk } from '#node/portal/desk-port.ts';

const token = z.string().min(1).max(4000);
const password = z.string().max(512);
const address = z.string().max(64);

const REQUESTS = {
  open: z.strictObject({ link: token }),
  signIn: z.strictObject({ link: token, password, address }),
  confirm: z.strictObject({ pending: token, code: z.string().max(40), address }),
  register: z.strictObject({ link: token, password }),
  view: z.strictObject({ session: token }),
  changePassword: z.strictObject({ session: token, password }),
  setLanguage: z.strictObject({ session: token, language: z.enum(['en', 'de', 'nl', 'fr']) }),
  earlier: z.strictObject({ session: token }),
  submit: z.strictObject({
    session: token,
    submission: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/),
    upload: z.string().max(120),
    attachments: z.number().int().nonnegative(),
  }),
} satisfies Record<keyof PortalDesk, z.ZodType>;

export function serveDesk(socketPath: string, desk: PortalDesk, log: Log): Promise<IpcServer> {
  const calls: Record<string, (request: unknown) => Promise<unknown>> = {};
  for (const method of Object.keys(REQUESTS) as (keyof PortalDesk)[]) {
    const serve = desk[method] as (request: unknown) => Promise<unknown>;
    calls[method] = async (request) => {
      const checked = REQUESTS[method].safeParse(request);
      if (!checked.success) throw Object.assign(new Error('malformed'), { code: 'malformed' });
      return serve(checked.data);
    };
  }
  return ipcServer(socketPath, {
    calls,
    onFault: (error, method) =>
      log.error({ method, fault: (error as Error).name, at: placeOf(error) }, 'fault at the desk'),
  });
}

/** The first lines of the stack without the message, which may quote a stranger. */
function placeOf(error: unknown): string[] {
  const lines = ((error as Error).stack ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('at ')).slice(0, 3);
}
