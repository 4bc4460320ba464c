/**
 * P20: 250 only when two gateways hold the mail, against a gateway on its own: throughput, and the time to 250 of one
 * mail after the other. Two gateways of one cluster, one voter and one follower; both sides pass mail to the same sink.
 */
import SMTPConnection from 'nodemailer/lib/smtp-connection/index.js';
import { ScratchCluster } from '../cluster/run-cluster.ts';
import type { Gateway } from '../gateway/run-gateway.ts';
import { until } from '../gateway/until.ts';
import { benchGateway, furnish, PARTNER, PASS_THROUGH, SENDER } from './bench-gateway.ts';
import { type BenchRow, inTurns, median, type Round, rowOf } from './bench-row.ts';
import { countingSink, throughput } from './mail-load.ts';

const ROUNDS = 3;
const MAILS = 1000;
const WARM_UP_MAILS = 500;
const ACKS = 200;
const BODY = 'A line of an ordinary mail, with CRLF at its end and some text.\r\n'.repeat(156);
const READY_MS = 60_000;

export async function bench(): Promise<BenchRow[]> {
  const sink = await countingSink();
  const routes = [{ domain: '*', host: '127.0.0.1', port: sink.port, tls: 'none' }];
  const cluster = await ScratchCluster.start({
    settings: { send: { routes }, spool: { shadow: 'require' } },
  });
  let single: Gateway | null = null;
  try {
    single = await benchGateway(sink.port, PASS_THROUGH);
    await cluster.init();
    await furnish(cluster.first, PASS_THROUGH);
    const second = await cluster.join('gateway');
    await cluster.whole(second);
    const ports = [cluster.first.insidePort, single.insidePort];
    await until(
      () => ackMs(ports[0]!, 1).then(Boolean, () => false),
      READY_MS,
      () => cluster.output(),
    );
    const rate = (port: number, mails = MAILS) =>
      throughput({ port, sink, mails, from: SENDER, to: PARTNER, keepConnections: true });
    for (const port of ports) await rate(port, WARM_UP_MAILS);
    const pairs = async (measured: (port: number) => Promise<number>): Promise<Round[]> => {
      const rounds = await inTurns(
        ROUNDS,
        ports.map((port) => () => measured(port)),
      );
      return rounds.map(([product, anchor]) => ({ product: product!, anchor: anchor! }));
    };
    const text = 'a second copy before 250, against a gateway on its own';
    return [
      rowOf('P20', `throughput, ${text}`, 'mails/s', await pairs((port) => rate(port))),
      rowOf('P20', `p50 of ack, ${text}`, 'ms', await pairs((port) => ackMs(port, ACKS))),
    ];
  } finally {
    await cluster.remove();
    await single?.remove();
    await sink.stop();
  }
}

/** Median time to 250 of one mail after the other, on one connection. */
async function ackMs(port: number, mails: number): Promise<number> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true, name: 'client.example' });
  await new Promise<void>((resolve, reject) => {
    connection.once('error', reject);
    connection.connect(() => resolve());
  });
  try {
    const took: number[] = [];
    for (let n = 0; n < mails; n += 1) {
      const mail = `From: ${SENDER}\r\nTo: ${PARTNER}\r\nSubject: ack ${n}\r\n\r\n${BODY}`;
      const started = performance.now();
      await new Promise<void>((resolve, reject) => {
        connection.send({ from: SENDER, to: [PARTNER] }, mail, (error) =>
          error ? reject(error) : resolve(),
        );
      });
      took.push(performance.now() - started);
    }
    return median(took);
  } finally {
    connection.quit();
  }
}
