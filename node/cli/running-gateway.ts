/** Whether the gateway of this data folder runs: what changes its files while it is stopped asks first. */
import { connect } from 'node:net';
import type { Layout } from '#node/config/layout.ts';

const ANSWER_MS = 1000;

export function gatewayRuns({ ledgerSocket }: Pick<Layout, 'ledgerSocket'>): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(ledgerSocket);
    const end = (up: boolean): void => {
      socket.destroy();
      resolve(up);
    };
    socket.setTimeout(ANSWER_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
