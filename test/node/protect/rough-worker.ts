/**
 * A worker for the pool's tests that does what its job says: answer, ask, wait for ever, throw, use all memory.
 */
import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from '#node/protect/worker-pool.ts';

const port = parentPort;
if (!port) throw new Error('runs in a worker thread');
const post = (message: FromWorker): void => port.postMessage(message);
let times = 0;
const asked = new Map<number, number>();

port.on('message', (message: ToWorker) => {
  if (!('job' in message)) {
    const job = asked.get(message.answer);
    if (job !== undefined) post({ done: job, report: message.error ?? message.value });
    return;
  }
  const { path } = message.input as { path: string };
  if (path === 'hang') for (;;);
  if (path === 'die') process.exit(1);
  if (path === 'eat') {
    const eaten: unknown[] = [];
    for (;;) eaten.push(new Array(100_000).fill({}));
  }
  if (path === 'throw') post({ failed: message.job, reason: 'a bug' });
  else if (path === 'later' && times++ === 0)
    post({ later: message.job, reason: 'keys away', doubtful: false });
  else if (path === 'doubtful') post({ later: message.job, reason: 'internal', doubtful: true });
  else if (path === 'ask') {
    asked.set(message.job, message.job);
    post({ ask: message.job, question: 'facts', params: 'x' });
  } else if (path === 'slow') setTimeout(() => post({ done: message.job, report: 'slow done' }), 50);
  else post({ done: message.job, report: `did ${path}` });
});
