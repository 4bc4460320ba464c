/**
 * P9 through the whole gateway: SMTP in, password asked for, PDF made and encrypted, queued, delivered; where the time
 * goes is told stage by stage, from the journal of `protect`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { benchGateway, PARTNER, protectedBy, SENDER } from './bench-gateway.ts';
import { type CountingSink, countingSink, throughput } from './mail-load.ts';

const MAILS = 150; // A second or two.
const WARM_UP_MAILS = 100; // Fonts read, code compiled, the password of the pair made.
const TRACED = 25;
const NOTICE_MS = 30_000;

export interface PdfLine {
  /** Mails per second, from the first octet sent to the last mail at the next hop. */
  perSecond(): Promise<number>;
  /** Milliseconds by stage, the mean of some of the last mails. */
  stages(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** `file`: the mail that is sent, as smtp-source takes it. */
export async function pdfLine(file: string): Promise<PdfLine> {
  const sink = await countingSink();
  const gateway = await benchGateway(sink.port, protectedBy('pdf')).catch(async (error: Error) => {
    await sink.stop();
    throw error;
  });
  await sent(gateway, sink, file, 1); // The first makes the password; its sender is told.
  await until(
    () => sink.count() === 2,
    NOTICE_MS,
    () => 'no notice to the sender',
  );
  await sent(gateway, sink, file, WARM_UP_MAILS);
  return {
    perSecond: () => sent(gateway, sink, file, MAILS),
    stages: () => stagesOf(gateway),
    async stop() {
      await gateway.remove();
      await sink.stop();
    },
  };
}

const sent = (gateway: Gateway, sink: CountingSink, file: string, mails: number): Promise<number> =>
  throughput({
    port: gateway.insidePort,
    sink,
    mails,
    from: SENDER,
    to: PARTNER,
    keepConnections: true,
    file,
  });

/** From the journal of `protect`: the last mails that it decided about. */
function stagesOf({ layout }: Gateway): ReadonlyMap<string, number> {
  type Decided = { event: string; stages?: { stage: string; us: number }[] };
  const names = readdirSync(layout.trace).filter((name) => /^protect.*\.jsonl$/.test(name));
  const lines = names.flatMap((name) => readFileSync(join(layout.trace, name), 'utf8').trim().split('\n'));
  const decided = lines.map((line) => JSON.parse(line) as Decided).filter(({ event }) => event === 'decided');
  const last = decided.slice(-TRACED).map(({ stages = [] }) => stages);
  if (last.length === 0) throw new Error('no mail was traced');
  const sums = new Map<string, number>();
  for (const { stage, us } of last.flat()) sums.set(stage, (sums.get(stage) ?? 0) + us);
  return new Map([...sums].map(([stage, us]) => [stage, us / last.length / 1000]));
}
