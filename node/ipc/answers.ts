/** Whether anybody listens there: a process of this machine that takes longer than a second is not well. */
import { connect } from 'node:net';

const ANSWER_MS = 1000;

type Listening = { readonly path: string } | { readonly host: string | undefined; readonly port: number };

/** Without a host: of this machine. */
export function answers(target: Listening): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = 'path' in target ? connect(target.path) : connect(target.port, target.host ?? '127.0.0.1');
    const end = (up: boolean): void => {
      socket.destroy();
      resolve(up);
    };
    socket.setTimeout(ANSWER_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
