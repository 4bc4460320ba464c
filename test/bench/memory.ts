/**
 * P13 and P14: memory of a gateway that rests, and how much more its processes take at most while large mails are
 * signed and encrypted.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Gateway } from '../gateway/run-gateway.ts';
import { submit } from '../gateway/submit.ts';
import { until } from '../gateway/until.ts';
import { benchGateway, importFile, PARTNER, processesOf, protectedBy, SENDER } from './bench-gateway.ts';
import { type BenchRow, figureOf, rowOf } from './bench-row.ts';
import { mailAuthority } from './mail-authority.ts';
import { type CountingSink, countingSink } from './mail-load.ts';

const MB = 1_000_000;
const AT_ONCE = 8;
const SETTLE_MS = 5000; // After the start nothing is under way any more.
const DONE_MS = 180_000;
const LINE = 'A line of a large attachment that has been encoded to text, 76 octets long.\r\n';

/** Proportional set size in MB: a page that n processes share counts 1/n in each. */
const pssMb = (pid: number): number =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1000;

const statusMb = (pid: number, field: 'VmHWM' | 'VmRSS'): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) /
  1000;

function mailOf(sizeBytes: number): Buffer {
  const head = `From: ${SENDER}\r\nTo: ${PARTNER}\r\nSubject: large\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n`;
  return Buffer.from(head + LINE.repeat(Math.ceil(sizeBytes / LINE.length)));
}

/** Peak of each process while so many mails of this size go through. */
async function peaks(
  gateway: Gateway,
  sink: CountingSink,
  sizeMb: number,
  mails: number,
): Promise<Map<string, number>> {
  const processes = processesOf(gateway);
  for (const pid of processes.values()) writeFileSync(`/proc/${pid}/clear_refs`, '5'); // Forgets the peak.
  const before = sink.count();
  const mail = mailOf(sizeMb * MB);
  await Promise.all(
    Array.from({ length: mails }, () => submit(gateway.insidePort, { from: SENDER, to: [PARTNER], mail })),
  );
  await until(
    () => sink.count() - before >= mails,
    DONE_MS,
    () => `${sink.count() - before} of ${mails} large mails arrived`,
  );
  return new Map([...processes].map(([name, pid]) => [name, statusMb(pid, 'VmHWM')]));
}

const largest = (values: Map<string, number>): [string, number] =>
  [...values].reduce((a, b) => (b[1] > a[1] ? b : a));

export async function bench(): Promise<BenchRow[]> {
  const sink = await countingSink();
  const ca = mailAuthority();
  const gateway = await benchGateway(sink.port, protectedBy('smime'));
  try {
    ca.person('bob', PARTNER, 2048);
    await importFile(gateway, ca.at('ca.pem'));
    await importFile(gateway, ca.at('bob.pem'));
    await gateway.stop();
    await gateway.start(); // As in daily life: not the first start of all, which compiles everything.
    await wait(SETTLE_MS);
    const pids = processesOf(gateway);
    const idlePss = [...pids.values()].reduce((sum, pid) => sum + pssMb(pid), 0);
    await submit(gateway.insidePort, { from: SENDER, to: [PARTNER], mail: mailOf(10_000) }); // Makes the sender's keys.
    await until(
      () => sink.count() > 0,
      DONE_MS,
      () => 'the first mail did not arrive',
    );
    await wait(SETTLE_MS);
    const idle = new Map([...pids].map(([name, pid]) => [name, statusMb(pid, 'VmRSS')]));
    const [, one50] = largest(await peaks(gateway, sink, 50, 1));
    const [, one100] = largest(await peaks(gateway, sink, 100, 1));
    const eight = await peaks(gateway, sink, 50, AT_ONCE);
    const above = new Map([...eight].map(([name, peak]) => [name, peak - (idle.get(name) ?? 0)]));
    const [most, mb] = largest(above);
    return [
      figureOf('P13', `peak above idle, ${AT_ONCE} mails of 50 MB at once, largest process (${most})`, 'MB', [
        mb,
      ]),
      rowOf('P13', 'peak of a mail of 100 MB against one of 50 MB', 'MB', [
        { product: one100, anchor: one50 },
      ]),
      figureOf('P14', `idle, PSS of all ${pids.size} processes`, 'MB', [idlePss]),
    ];
  } finally {
    await gateway.remove();
    await sink.stop();
    ca.remove();
  }
}
