/** A partner at the portal without a browser: signs in by the link of a PDF, fills in the form, sends it. */
import assert from 'node:assert/strict';

export interface PortalVisitor {
  signIn(link: string, password: string): Promise<Response>;
  /** The form as the page has it. */
  formOf(cookie: string, message: string, files: Record<string, Uint8Array>): Promise<FormData>;
  reply(cookie: string, form: FormData): Promise<Response>;
}

export const cookieOf = (answer: Response): string =>
  (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

export function portalVisitor(portalUrl: string): PortalVisitor {
  return {
    signIn: (link, password) =>
      fetch(link, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ password }) }),
    async formOf(cookie, message, files) {
      const page = await (await fetch(`${portalUrl}/reply`, { headers: { cookie } })).text();
      const form = new FormData();
      for (const name of ['token', 'submission']) {
        form.set(name, new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1] ?? assert.fail(page));
      }
      form.set('message', message);
      for (const [name, bytes] of Object.entries(files))
        form.append('file', new Blob([Buffer.from(bytes)]), name);
      return form;
    },
    reply: (cookie, form) =>
      fetch(`${portalUrl}/reply`, { method: 'POST', redirect: 'manual', headers: { cookie }, body: form }),
  };
}
