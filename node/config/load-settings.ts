/**
 * Reads `sealgate.yaml`. An unknown or wrong key is an error that names its line; nothing is guessed.
 *
 * Without a file the gateway runs as a try-out in `data/`: everything on the loopback, all mail that leaves goes to the
 * local mailbox page.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { type Settings, settingsSchema } from './settings.ts';

/** Wrong configuration; the message is for the administrator and names file and line. */
export class SettingsError extends Error {}

export const SETTINGS_FILE = 'sealgate.yaml';

/** The promise of the try-out: whatever the file says, everything that leaves ends in the mailbox of this machine. */
function keptHere(settings: Settings): Settings {
  const mailbox = { domain: '*', host: '127.0.0.1', port: settings.mailboxPort, tls: 'none' as const };
  return { ...settings, send: { ...settings.send, routes: [mailbox] } };
}

/** Text of a settings file → settings; `name` is for messages. */
function parseSettings(text: string, name: string): Settings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const broken = document.errors[0];
  if (broken) throw new SettingsError(`${name}:${lineAt(broken.pos[0])}: ${broken.message.split('\n')[0]}`);
  const parsed = settingsSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const messages = parsed.error.issues.map((issue) => {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const path = [...issue.path, ...unknown.slice(0, 1)] as (string | number)[];
    const line = lineOf(path);
    const what =
      unknown.length > 0 ? `unknown key ${unknown.map((k) => `'${k}'`).join(', ')}` : issue.message;
    return `${name}:${line}: ${issue.path.join('.') || '(top)'}: ${what}`;
  });
  throw new SettingsError(messages.join('\n'));

  /** The line of a path, or of the nearest thing above it that is in the file. */
  function lineOf(path: (string | number)[]): number {
    for (let n = path.length; n > 0; n--) {
      const parent = document.getIn(path.slice(0, n - 1), true) as { items?: unknown[] } | undefined;
      const pair = parent?.items?.find(
        (i) => (i as { key?: { value?: unknown } }).key?.value === path[n - 1],
      );
      const key =
        (pair as { key?: { range?: [number] } } | undefined)?.key ?? document.getIn(path.slice(0, n), true);
      const range = (key as { range?: [number] } | undefined)?.range;
      if (range) return lineAt(range[0]);
    }
    return 1;
  }
}

/** `file` given = it must exist. Relative paths inside count from the file's folder. */
export function loadSettings(file: string | undefined, dataDir: string | undefined): Settings {
  const path = resolve(file ?? SETTINGS_FILE);
  if (!existsSync(path)) {
    if (file) throw new SettingsError(`${file}: no such file`);
    const settings = keptHere(settingsSchema.parse({ tryOut: true }));
    return { ...settings, data: resolve(dataDir ?? settings.data) };
  }
  const settings = parseSettings(readFileSync(path, 'utf8'), file ?? SETTINGS_FILE);
  const folder = join(path, '..');
  const data = dataDir
    ? resolve(dataDir)
    : isAbsolute(settings.data)
      ? settings.data
      : join(folder, settings.data);
  const at = (given: string | undefined): string | undefined => given && resolve(folder, given);
  const withFiles = <T extends { tlsCertificate?: string | undefined; tlsKey?: string | undefined }>(
    part: T,
  ) => ({
    ...part,
    tlsCertificate: at(part.tlsCertificate),
    tlsKey: at(part.tlsKey),
  });
  const { external } = settings.cluster;
  const files = external && {
    ca: resolve(folder, external.ca),
    clientCertificate: resolve(folder, external.clientCertificate),
    key: resolve(folder, external.key),
  };
  const routes = settings.send.routes.map((route) => ({ ...route, passwordFile: at(route.passwordFile) }));
  const whole = {
    ...settings,
    file: path,
    data,
    receive: withFiles(settings.receive),
    web: withFiles(settings.web),
    cluster: external ? { ...settings.cluster, external: { ...external, ...files } } : settings.cluster,
    send: { ...settings.send, routes, tlsCaFile: at(settings.send.tlsCaFile) },
  };
  return settings.tryOut ? keptHere(whole) : whole;
}
