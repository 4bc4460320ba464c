/**
 * P9 through the whole gateway: SMTP in, password asked for, PDF made and encrypted, queued, delivered; where the time
 * goes is told stage by stage, from the traces of the mails.
 */
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { benchGateway, PARTNER, protectedBy, SENDER } from './bench-gateway.ts';
import { type CountingSink, countingSink, throughput } from './mail-load.ts';

const MAILS = 150; // A second or two.
const WARM_UP_MAILS = 100; // Fonts read, code compiled, the password of the pair made.
const TRACED = 25;
const TRACED_MS = 30_000;

export interface PdfLine {
  /** Mails per second, from the first octet sent to the last mail at the next hop. */
  perSecond(): Promise<number>;
  /** Milliseconds by stage, the mean of some of the last mails. */
  stages(): Promise<ReadonlyMap<string, number>>;
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
    TRACED_MS,
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

async function stagesOf(gateway: Gateway): Promise<ReadonlyMap<string, number>> {
  type Row = { spoolId: string; sender: string | null };
  type Trace = { decision: { stages: { stage: string; us: number }[] } | null };
  const { rows } = await gateway.admin.query<{ rows: Row[] }>('mails.list', {});
  const own = rows.filter(({ sender }) => sender === SENDER).slice(0, TRACED);
  const sums = new Map<string, number>();
  for (const { spoolId } of own) {
    const { decision } = await gateway.admin.query<Trace>('mails.get', { spoolId });
    for (const { stage, us } of decision?.stages ?? []) sums.set(stage, (sums.get(stage) ?? 0) + us);
  }
  return new Map([...sums].map(([stage, us]) => [stage, us / own.length / 1000]));
}
