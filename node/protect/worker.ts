/**
 * A worker thread of `protect`: runs mails through the line, a few at a time.
 *
 * An exception inside one mail is a bug of ours or an attack on a parser: it ends that mail as crashed, and this thread
 * goes on. What ends the thread (memory, a hang) ends all its mails; the dispatcher sorts that out.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { makePdf } from '#node/pdf/make-pdf.ts';
import { mailPrinter } from '#node/pdf/print-mail.ts';
import { renderClient } from '#node/render/client.ts';
import type { SpooledJob } from './dispatch.ts';
import type { Ask } from './facts.ts';
import { faultOf, waitReason } from './fault.ts';
import { openLine } from './line.ts';
import type { LineSettings, MakePdf } from './line-ports.ts';
import type { FromWorker, ToWorker } from './worker-pool.ts';

const port = parentPort;
if (!port) throw new Error('worker.ts runs in a worker thread');
const post = (message: FromWorker): void => port.postMessage(message);

let nextAsk = 1;
const asked = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
const ask: Ask = (question, params) =>
  new Promise((resolve, reject) => {
    const id = nextAsk++;
    asked.set(id, { resolve: resolve as (value: unknown) => void, reject });
    post({ ask: id, question, params });
  });

const settings = workerData as LineSettings;
const pdf: MakePdf = settings.render
  ? mailPrinter(renderClient(settings.layout))
  : async (request) => makePdf(request);
const line = openLine(settings, ask, pdf);

port.on('message', (message: ToWorker) => {
  if ('job' in message) {
    line.run(message.input as SpooledJob).then(
      (report) => post({ done: message.job, report }),
      (error: Error & { code?: string }) => {
        const reason = waitReason(error);
        const fault = faultOf(error.code);
        if (fault === 'mail') post({ failed: message.job, reason });
        else post({ later: message.job, reason, doubtful: fault === 'doubtful' });
      },
    );
    return;
  }
  const waiting = asked.get(message.answer);
  asked.delete(message.answer);
  if (message.error === undefined) waiting?.resolve(message.value);
  else waiting?.reject(Object.assign(new Error(message.error), { code: message.error }));
});
