/** A sending process for tests, inside this one, in a folder of its own, with a clock that the test moves. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Envelope, EnvelopeRecipient } from '#domain/mail/envelope.ts';
import { type Layout, layoutOf } from '#node/config/layout.ts';
import { type Settings, settingsSchema } from '#node/config/settings.ts';
import type { RunningProcess } from '#node/process.ts';
import { type QueueHeader, queueIdOf } from '#node/queue/queue-header.ts';
import { type QueueWriter, queueWriter } from '#node/queue/queue-writer.ts';
import { openQueueKey } from '#node/send/queue-key.ts';
import type { SendTraceRecord } from '#node/send/send-trace.ts';
import { startSending } from '#node/send/start.ts';
import { until } from '../../gateway/until.ts';

export interface NewMail {
  readonly sender?: string | null;
  readonly recipients?: readonly (string | EnvelopeRecipient)[];
  readonly raw?: string | Buffer;
  readonly envelope?: Partial<Envelope>;
  readonly header?: Partial<QueueHeader>;
}

export interface SendFolder {
  readonly root: string;
  readonly layout: Layout;
  /** Queues a mail and gives its id. */
  queue(mail?: NewMail): Promise<string>;
  readonly writer: QueueWriter;
  /** Ids of the mails in the queue. */
  queued(): string[];
  trace(): SendTraceRecord[];
  remove(): void;
}

export const MAIL =
  'From: ann@inside.example\r\nSubject: hello\r\nMessage-ID: <1@inside.example>\r\n\r\nHello\r\n';

let serial = 0;

export function newCopy(mail: NewMail, nowMs: number): { header: QueueHeader; pieces: Uint8Array[] } {
  const recipients = (mail.recipients ?? ['bob@outside.example']).map((r) =>
    typeof r === 'string' ? { address: r } : r,
  );
  const spoolId = `gateway-1.1.${String(++serial).padStart(8, '0')}`;
  const header: QueueHeader = {
    v: 1,
    queueId: queueIdOf(
      spoolId,
      0,
      recipients.map((r) => r.address),
    ),
    spoolId,
    envelope: {
      sender: mail.sender === undefined ? 'ann@inside.example' : mail.sender,
      recipients,
      body: '7BIT',
      smtpUtf8: false,
      requireTls: false,
      dsn: {},
      ...mail.envelope,
    },
    createdAtMs: nowMs,
    zone: 'outside',
    kind: 'mail',
    traceId: spoolId,
    ...mail.header,
  };
  return { header, pieces: [Buffer.from(mail.raw ?? MAIL)] };
}

/** `now`: the test's clock. */
export function sendFolder(now: () => number = Date.now): SendFolder {
  const root = mkdtempSync(join(tmpdir(), 'sealgate-send-'));
  const layout = layoutOf(root);
  openQueueKey(layout);
  const writer = queueWriter(layout);
  return {
    root,
    layout,
    writer,
    async queue(mail = {}) {
      const copy = newCopy(mail, now());
      await writer.write([copy]);
      return copy.header.queueId;
    },
    queued: () => readdirSync(layout.queueReady).map((name) => name.replace(/\.sgf$/, '')),
    trace: () =>
      readFileSync(join(layout.trace, 'send.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as SendTraceRecord),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export type Route = Settings['send']['routes'][number];

export function routeTo(port: number, domain = '*', tls: Route['tls'] = 'none'): Route {
  return { domain, host: '127.0.0.1', port, tls };
}

export interface RunningSend extends SendFolder {
  clock: { nowMs: number };
  readonly settings: Settings;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Waits are short unless the test says otherwise. */
export async function runningSend(
  routes: readonly Route[],
  send: Partial<Settings['send']> = {},
): Promise<RunningSend> {
  const clock = { nowMs: Date.now() };
  const now = (): number => clock.nowMs;
  const folder = sendFolder(now);
  const settings = settingsSchema.parse({
    hostname: 'gateway.test.example',
    send: { connectTimeoutMs: 5000, routes, ...send },
  });
  let running: RunningProcess | null = null;
  const begin = async (): Promise<void> => {
    running = await startSending({ settings, layout: folder.layout, log: pino({ level: 'silent' }) }, now);
  };
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = null;
    await folder.writer.close();
  };
  await begin();
  return { ...folder, clock, settings, stop, start: begin };
}

const SOON_MS = 20_000; // Machines are shared; what works takes some milliseconds.

export function soon(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  return until(condition, SOON_MS, () => what);
}

export function empty(folder: SendFolder): Promise<void> {
  return soon(() => folder.queued().length === 0, 'the queue is empty');
}
