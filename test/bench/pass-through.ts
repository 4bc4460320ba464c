/** P1 and P2: mails passed through as they are, durable before 250, counted at the next hop; against Haraka and Postfix. */
import { benchGateway, PARTNER, PASS_THROUGH, SENDER } from './bench-gateway.ts';
import { type BenchRow, inTurns, rowOf } from './bench-row.ts';
import { countingSink, throughput } from './mail-load.ts';
import { haraka } from './peer-haraka.ts';
import { postfixPeer } from './peer-postfix.ts';

const ROUNDS = 3;
const MAILS = 1000; // One or two seconds a side.
const WARM_UP_MAILS = 1000;

export async function bench(): Promise<BenchRow[]> {
  const sink = await countingSink();
  const [gateway, other, postfix] = [
    await benchGateway(sink.port, PASS_THROUGH),
    await haraka(sink.port),
    await postfixPeer(sink.port),
  ];
  try {
    const rows: BenchRow[] = [];
    for (const [id, keepConnections, text] of [
      ['P1', true, 'connections kept'],
      ['P2', false, 'a connection per mail'],
    ] as const) {
      const side = (port: number, mails = MAILS) =>
        throughput({ port, sink, mails, from: SENDER, to: PARTNER, keepConnections });
      const ports = [gateway.insidePort, other.port, postfix.port];
      if (id === 'P1') for (const port of ports) await side(port, WARM_UP_MAILS);
      const rounds = await inTurns(
        ROUNDS,
        ports.map((port) => () => side(port)),
      );
      for (const [at, name] of [
        [1, 'Haraka'],
        [2, 'Postfix'],
      ] as const) {
        const pairs = rounds.map((values) => ({
          product: values[0] as number,
          anchor: values[at] as number,
        }));
        rows.push(rowOf(id, `pass-through, ${text}, against ${name}`, 'mails/s', pairs));
      }
    }
    return rows;
  } finally {
    await gateway.remove();
    await other.stop();
    await postfix.stop();
    await sink.stop();
  }
}
