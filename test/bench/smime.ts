/**
 * P3, P4, P6: S/MIME end to end. Out: signed and encrypted with RSA-2048 and RSA-3072, against Postfix with an
 * `openssl cms` filter of 8 processes. In: decrypted, verified, path of the partner's CA checked, against P3 itself.
 */
import { writeFileSync } from 'node:fs';
import type { Gateway } from '../gateway/run-gateway.ts';
import { benchGateway, importFile, protectedBy } from './bench-gateway.ts';
import { type BenchRow, inTurns, rowOf } from './bench-row.ts';
import { type MailAuthority, mailAuthority, PKCS12_PASSWORD } from './mail-authority.ts';
import { type CountingSink, countingSink, throughput } from './mail-load.ts';
import type { Peer } from './peer-haraka.ts';
import { postfixPeer } from './peer-postfix.ts';

const ROUNDS = 3;
const MAILS = 400; // A second or two of the product.
const MAILS_OF_FILTER = 120; // It is slow; its rate does not depend on the count.
const WARM_UP_MAILS = 1000;
const BODY = 'A line of an ordinary mail, with an end and some text in it.\n'.repeat(168); // 10 KB

const opensslFilter = (ca: MailAuthority, bits: number): string =>
  `openssl cms -sign -signer ${ca.at(`alice${bits}.pem`)} -inkey ${ca.at(`alice${bits}.key`)} -md sha256 | ` +
  `openssl cms -encrypt -aes256 -from alice${bits}@example.org -to bob${bits}@partner.example -subject bench ${ca.at(`bob${bits}.pem`)}`;

function writeIncoming(ca: MailAuthority): void {
  writeFileSync(ca.at('plain'), `Content-Type: text/plain\n\n${BODY}`);
  const sign =
    'cms -sign -in plain -signer bob2048.pem -inkey bob2048.key -certfile ca.pem -md sha256 -out signed';
  ca.run(...sign.split(' '));
  const encrypt =
    'cms -encrypt -aes256 -in signed -from bob2048@partner.example -to alice2048@example.org -subject bench -out in.eml alice2048.pem';
  ca.run(...encrypt.split(' '));
}

const outgoing = (port: number, sink: CountingSink, bits: number, mails: number): Promise<number> =>
  throughput({
    port,
    sink,
    mails,
    from: `alice${bits}@example.org`,
    to: `bob${bits}@partner.example`,
    keepConnections: true,
  });

async function measured(
  gateway: Gateway,
  filters: readonly [Peer, Peer],
  sink: CountingSink,
  incomingFile: string,
): Promise<BenchRow[]> {
  const incoming = (mails: number): Promise<number> =>
    throughput({
      port: gateway.outsidePort,
      sink,
      mails,
      from: 'bob2048@partner.example',
      to: 'alice2048@example.org',
      keepConnections: true,
      file: incomingFile,
    });
  const out = (bits: number) => outgoing(gateway.insidePort, sink, bits, MAILS);
  await outgoing(gateway.insidePort, sink, 2048, WARM_UP_MAILS);
  await incoming(WARM_UP_MAILS);
  const rounds = await inTurns(ROUNDS, [
    () => out(2048),
    () => outgoing(filters[0].port, sink, 2048, MAILS_OF_FILTER),
    () => out(3072),
    () => outgoing(filters[1].port, sink, 3072, MAILS_OF_FILTER),
    () => incoming(MAILS),
  ]);
  const pairs = (a: number, b: number) =>
    rounds.map((values) => ({ product: values[a] as number, anchor: values[b] as number }));
  const against = 'against Postfix + `openssl cms`';
  return [
    rowOf('P3', `S/MIME sign + encrypt, RSA-2048, ${against}`, 'mails/s', pairs(0, 1)),
    rowOf('P4', `S/MIME sign + encrypt, RSA-3072, ${against}`, 'mails/s', pairs(2, 3)),
    rowOf('P6', 'S/MIME decrypt + verify + path, RSA-2048, against P3', 'mails/s', pairs(4, 0)),
  ];
}

export async function bench(): Promise<BenchRow[]> {
  const ca = mailAuthority();
  const sink = await countingSink();
  const toStop: (() => Promise<void>)[] = [sink.stop];
  try {
    for (const bits of [2048, 3072]) {
      ca.person(`alice${bits}`, `alice${bits}@example.org`, bits);
      ca.person(`bob${bits}`, `bob${bits}@partner.example`, bits);
    }
    writeIncoming(ca);
    const gateway = await benchGateway(sink.port, protectedBy('smime'));
    toStop.unshift(gateway.remove);
    await importFile(gateway, ca.at('ca.pem'));
    for (const bits of [2048, 3072]) {
      await importFile(gateway, ca.at(`alice${bits}.p12`), PKCS12_PASSWORD);
      await importFile(gateway, ca.at(`bob${bits}.pem`));
    }
    const filters: Peer[] = [];
    for (const bits of [2048, 3072]) {
      const filter = await postfixPeer(sink.port, opensslFilter(ca, bits));
      toStop.unshift(filter.stop);
      filters.push(filter);
    }
    return await measured(gateway, [filters[0]!, filters[1]!], sink, ca.at('in.eml'));
  } finally {
    for (const stop of toStop) await stop();
    ca.remove();
  }
}
